// Writes the bodies of generated functions.
#ifndef WASMCORE_FUZZ_GENERATOR_BODY_HPP
#define WASMCORE_FUZZ_GENERATOR_BODY_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generator.hpp"
#include "generator_source.hpp"
#include "wasm_bytes.hpp"
#include "wc_simd.h"

namespace wasmcore::fuzz {

inline constexpr uint32_t kCounters = 3, kAddresses = 2;

struct Label {
  Types branch, results;
  size_t height = 0;
  bool is_loop = false;
  bool dead = false;
};

// Writes the body of one function.
class Body {
 public:
  Body(Source& source, const Module& module, uint32_t index);

  // Calls nothing when `leaf`.
  void write(bool leaf);

  [[nodiscard]] const Types& locals() const { return locals_; }
  [[nodiscard]] const std::vector<uint8_t>& code() const { return code_.data(); }

 private:
  void step();

  // ---- operands: generator_operands.cpp ----

  [[nodiscard]] size_t available() const { return stack_.size() - labels_.back().height; }
  void pop(size_t n) { stack_.resize(stack_.size() - n); }
  void push_types(const Types& types) { stack_.insert(stack_.end(), types.begin(), types.end()); }
  bool taken_from_nowhere(const Types& types);
  void need(const Types& types);
  void need_and_keep(const Types& types);
  bool find_local(uint8_t type, uint32_t* out);
  bool find_global(uint8_t type, bool to_set, uint32_t* out);
  void constant(uint8_t type);
  int64_t small_or_large();
  uint64_t float_bits();
  [[nodiscard]] uint32_t function_count() const;
  void push(uint8_t type);
  void set_local(bool keep);
  [[nodiscard]] bool is_counter(uint32_t local) const;
  void drop();
  void consume();

  // ---- instructions: generator_instructions.cpp ----

  void numeric(int op);
  void i32_operation();
  void combined();
  void copies();
  void select();
  void vector();
  void references();
  void call();
  void call_indirect(uint32_t f, uint32_t type);

  // ---- memory and tables: generator_memory.cpp ----

  void address();
  void address_local();
  void memarg(int align);
  void load();
  void store();
  void vector_memory(const wc_simd_op& op, int number);
  void three(uint32_t a, uint32_t b, uint32_t c);
  void bulk();
  void grow_memory();
  void table();

  // ---- control: generator_control.cpp ----

  bool finished() { return labels_.back().dead && !source_.one_in(4); }
  void set_dead();
  void condition();
  uint32_t pick_label();
  const Label& label(uint32_t depth) { return labels_[labels_.size() - 1 - depth]; }
  void br_if();
  void br();
  void br_table();
  void block_type(Types* params, Types* results, Bytes* out);
  void finish_block();
  void inside(int most);
  void block();
  void turn(uint32_t counter, uint32_t turns, bool counts_down);

  Source& source_;
  const Module& module_;
  uint32_t index_;
  const Function& function_;
  Types locals_, stack_;
  std::vector<Label> labels_;
  Bytes code_;
  uint32_t counters_ = 0, addresses_ = 0, loops_ = 0;
  int budget_ = 0;
  bool leaf_ = false;
};

}  // namespace wasmcore::fuzz

#endif
