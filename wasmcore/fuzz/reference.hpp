// A second evaluation of generated modules: the specification's stack machine, one instruction after the
// other, over the bytes of the module. It shares nothing with the engine but the functions for single
// operations on floats and vectors; no translation, no fusion, no slots. Slow and plain on purpose.
#ifndef WASMCORE_FUZZ_REFERENCE_HPP
#define WASMCORE_FUZZ_REFERENCE_HPP

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "generator.hpp"
#include "wasmcore.h"

namespace wasmcore::fuzz {

// Host functions, for both sides.
inline uint64_t host_sum(uint32_t a, uint64_t b) {
  return a * uint64_t{3} + (b ^ 0x55);
}

class Reference {
 public:
  Reference(const Module& module, uint32_t max_depth);

  // Calls an own function; values are its arguments, then its results.
  wasmcore_trap call(uint32_t own, std::vector<Value>& values, uint64_t fuel);

  [[nodiscard]] uint64_t fuel_used() const { return used_; }
  // Of the last trap: byte of the module, index of the function.
  [[nodiscard]] uint32_t trap_offset() const { return trap_offset_; }
  [[nodiscard]] uint32_t trap_function() const { return trap_function_; }

  std::vector<uint8_t> memory;
  std::vector<uint64_t> tables[2];  // function references are an index plus one
  std::vector<Value> globals;

 private:
  struct Control {
    size_t target = 0;  // where a branch goes on
    size_t arity = 0, height = 0;
    bool is_loop = false;
  };
  struct Ends {
    size_t other = 0, end = 0;  // after the else, and after the end; other is 0 when there is none
  };
  struct Activation {
    const Function* function = nullptr;
    const std::unordered_map<size_t, Ends>* ends = nullptr;
    std::vector<Value> locals;
    std::vector<Control> labels;
    size_t pc = 0;
  };

  wasmcore_trap run(uint32_t own);
  wasmcore_trap invoke(uint32_t index);
  wasmcore_trap step(Activation& a, bool* done);
  wasmcore_trap bulk(Activation& a, uint32_t op);
  void vector(Activation& a, wasmcore_trap* trap);
  wasmcore_trap numeric(uint8_t op);
  wasmcore_trap saturate(uint32_t op);
  wasmcore_trap load(Activation& a, uint8_t op);
  wasmcore_trap store(Activation& a, uint8_t op);
  wasmcore_trap pay(uint64_t n);
  void enter_block(Activation& a, uint8_t op);
  void branch(Activation& a, uint32_t depth, bool* done);
  uint8_t* at(Activation& a, uint32_t base, uint32_t bytes);
  const std::unordered_map<size_t, Ends>& ends_of(uint32_t own);

  uint8_t u8(Activation& a) { return a.function->code[a.pc++]; }
  uint32_t u32(Activation& a);
  int64_t s64(Activation& a);
  Value pop();
  uint32_t pop32() { return static_cast<uint32_t>(pop().low); }
  void push(uint64_t low, uint64_t high = 0) { stack_.push_back({low, high}); }

  const Module& module_;
  std::vector<Value> stack_;
  std::vector<std::unordered_map<size_t, Ends>> ends_;
  bool dropped_elements_[2] = {true, false}, dropped_datas_[2] = {true, false};
  uint32_t depth_ = 0, max_depth_;
  uint64_t used_ = 0, fuel_ = 0;
  uint32_t trap_offset_ = 0, trap_function_ = 0;
};

}  // namespace wasmcore::fuzz

#endif
