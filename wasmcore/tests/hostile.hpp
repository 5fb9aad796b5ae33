// What the tests of hostile modules share: an allocator that counts, modules built from their sections, and
// one engine with everything that has to be freed.
#ifndef WASMCORE_TESTS_HOSTILE_HPP
#define WASMCORE_TESTS_HOSTILE_HPP

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "../fuzz/wasm_bytes.hpp"
#include "wasmcore.h"
#include "wasmcore_hosted.h"

namespace wasmcore::hostile {

using fuzz::Bytes;

constexpr int kI32 = 0x7f, kI64 = 0x7e, kV128 = 0x7b, kFuncref = 0x70, kExternref = 0x6f;

// Counts what is requested, and refuses request number `refuse` (from 1 on).
class Counting {
 public:
  Counting() = default;
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting() { EXPECT_EQ(live, 0u) << "bytes were not given back"; }

  wasmcore_allocator allocator() { return {alloc, free, this}; }

  size_t live = 0, peak = 0;
  uint64_t requests = 0, refuse = 0;

 private:
  static void* alloc(void* user, size_t size) {
    auto* self = static_cast<Counting*>(user);
    if (++self->requests == self->refuse) return nullptr;
    void* p = self->system_.alloc(nullptr, size);
    if (p == nullptr) return nullptr;
    self->live += size;
    self->peak = self->live > self->peak ? self->live : self->peak;
    return p;
  }

  static void free(void* user, void* ptr, size_t size) {
    auto* self = static_cast<Counting*>(user);
    EXPECT_GE(self->live, size);
    self->live -= size;
    self->system_.free(nullptr, ptr, size);
  }

  wasmcore_allocator system_ = wasmcore_system_allocator();
};

// A module from its sections; they are written in the order of the specification.
struct Sections {
  std::map<int, Bytes> content;

  Sections& set(int id, Bytes bytes) {
    content[id] = std::move(bytes);
    return *this;
  }

  [[nodiscard]] Bytes build() const {
    Bytes b = fuzz::module_header();
    for (int id : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11}) {
      auto found = content.find(id);
      if (found != content.end()) b.section(id, found->second);
    }
    return b;
  }
};

// Code section of these bodies; each begins with its locals and has its end.
inline Bytes code_of(const std::vector<Bytes>& bodies) {
  Bytes b;
  b.u(bodies.size());
  for (const Bytes& body : bodies) b.sized(body);
  return b;
}

// One type, one function "f" of it. `type` is what stands behind 0x60.
inline Sections one_function(const Bytes& type, const Bytes& body) {
  return Sections{}
      .set(1, Bytes{1, 0x60}.add(type))
      .set(3, Bytes{1, 0})
      .set(7, Bytes{1}.name("f").add({0, 0}))
      .set(10, code_of({body}));
}

class Engine {
 public:
  Engine() { config.allocator = counting.allocator(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { close(); }

  void close() {
    wasmcore_free_instance(instance);
    wasmcore_unload(module);
    instance = nullptr;
    module = nullptr;
  }

  wasmcore_status load(const Bytes& b) {
    bytes = b.data();
    return wasmcore_load(bytes.data(), bytes.size(), &config, &module, &error);
  }

  wasmcore_status instantiate() { return wasmcore_instantiate(module, &options, &instance, &error); }

  // Loads and instantiates.
  wasmcore_status start(const Bytes& b) {
    wasmcore_status status = load(b);
    return status != WASMCORE_OK ? status : instantiate();
  }

  // Calls "f"; slots are arguments and results.
  wasmcore_trap call(std::vector<uint64_t>* slots, uint32_t nargs, uint32_t nresults,
                     const char* name = "f") {
    wasmcore_function* f = wasmcore_find_function(instance, name);
    if (f == nullptr) return WASMCORE_TRAP_COUNT;
    return wasmcore_call(f, slots->data(), nargs, nresults);
  }

  wasmcore_trap call() {
    std::vector<uint64_t> none(4);
    return call(&none, 0, 0);
  }

  Counting counting;
  wasmcore_config config = {};
  wasmcore_options options = {};
  wasmcore_error error = {};
  wasmcore_module* module = nullptr;
  wasmcore_instance* instance = nullptr;
  std::vector<uint8_t> bytes;
};

// How loading ends; an error must have a message.
inline wasmcore_status status_of(const Bytes& b, size_t most_bytes = 64u << 20) {
  Engine e;
  wasmcore_status status = e.load(b);
  EXPECT_LE(e.counting.peak, most_bytes);
  EXPECT_EQ(status == WASMCORE_OK, e.module != nullptr);
  EXPECT_EQ(status == WASMCORE_OK, e.error.message[0] == '\0') << e.error.message;
  return status;
}

// Loading is refused, whatever the reason.
inline bool refused(const Bytes& b, size_t most_bytes = 64u << 20) {
  wasmcore_status s = status_of(b, most_bytes);
  return s == WASMCORE_E_MALFORMED || s == WASMCORE_E_INVALID || s == WASMCORE_E_LIMIT;
}

}  // namespace wasmcore::hostile

#endif
