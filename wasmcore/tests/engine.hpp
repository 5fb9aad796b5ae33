// SPDX-License-Identifier: Apache-2.0
// What the tests of the embedding API share: modules from text and from bytes, an allocator that counts,
// owners.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "wasmcore.h"
#include "wasmcore_hosted.h"

namespace wasmcore {

using Bytes = std::vector<uint8_t>;
using Slots = std::vector<uint64_t>;

// A guest of tests/wat, translated by wat2wasm --debug-names.
inline Bytes guest(const std::string& name) {
  std::ifstream file(std::string(WASMCORE_GUESTS) + "/engine_" + name + ".wasm", std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline void append_number(Bytes& to, size_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

inline void append_section(Bytes& to, uint8_t id, const Bytes& content) {
  to.push_back(id);
  append_number(to, content.size());
  to.insert(to.end(), content.begin(), content.end());
}

// A module with functions of type [] -> []; the first is exported as "f". Bodies begin with their locals.
inline Bytes module_of(const std::vector<Bytes>& bodies) {
  Bytes out{0, 'a', 's', 'm', 1, 0, 0, 0}, functions, code;
  append_number(functions, bodies.size());
  append_number(code, bodies.size());
  for (const Bytes& body : bodies) {
    functions.push_back(0);
    append_number(code, body.size());
    code.insert(code.end(), body.begin(), body.end());
  }
  append_section(out, 1, {1, 0x60, 0, 0});
  append_section(out, 3, functions);
  append_section(out, 7, {1, 1, 'f', 0, 0});
  append_section(out, 10, code);
  return out;
}

// The system's allocator, counted; `armed` makes any request a failure of the test.
struct Counter {
  wasmcore_allocator allocator() { return {alloc, free, this}; }

  static void* alloc(void* user, size_t size) {
    auto* self = static_cast<Counter*>(user);
    EXPECT_FALSE(self->armed) << size << " bytes were requested while a guest ran";
    void* p = self->system.alloc(nullptr, size);
    if (p != nullptr) self->live += size;
    return p;
  }
  static void free(void* user, void* p, size_t size) {
    auto* self = static_cast<Counter*>(user);
    EXPECT_FALSE(self->armed) << size << " bytes were freed while a guest ran";
    self->live -= size;
    self->system.free(nullptr, p, size);
  }

  wasmcore_allocator system = wasmcore_system_allocator();
  size_t live = 0;
  bool armed = false;
};

struct Module {
  explicit Module(Bytes b) : bytes(std::move(b)) { config.allocator = wasmcore_system_allocator(); }
  ~Module() { wasmcore_unload(module); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  wasmcore_status load() {
    return status = wasmcore_load(bytes.data(), bytes.size(), &config, &module, &error);
  }

  Bytes bytes;
  wasmcore_config config{};
  wasmcore_module* module = nullptr;
  wasmcore_error error{};
  wasmcore_status status = WASMCORE_OK;
};

// An instance and how it is called.
struct Guest {
  Guest() = default;
  ~Guest() { wasmcore_free_instance(instance); }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  wasmcore_status start(const Module& m) {
    return wasmcore_instantiate(m.module, &options, &instance, &error);
  }

  // Calls with slots as arguments; `slots` then holds the results.
  wasmcore_trap call(const char* name, Slots arguments = {}, uint32_t nresults = 0) {
    wasmcore_function* f = wasmcore_find_function(instance, name);
    if (f == nullptr) {
      ADD_FAILURE() << "no function " << name;
      return WASMCORE_TRAP_COUNT;
    }
    const auto nargs = static_cast<uint32_t>(arguments.size());
    slots = std::move(arguments);
    slots.resize(std::max(nargs, nresults) + 1);
    return wasmcore_call(f, slots.data(), nargs, nresults);
  }

  // The i32 that a function of i32 makes.
  uint32_t i32(const char* name, Slots arguments = {}) {
    wasmcore_trap trap = call(name, std::move(arguments), 1);
    EXPECT_EQ(trap, WASMCORE_TRAP_NONE) << name << ": " << wasmcore_trap_text(trap);
    return static_cast<uint32_t>(slots[0]);
  }

  wasmcore_error trap() {
    wasmcore_error e{};
    wasmcore_last_trap(instance, &e);
    return e;
  }

  std::vector<wasmcore_frame> frames() {
    std::vector<wasmcore_frame> all;
    wasmcore_frame frame{};
    for (uint32_t level = 0; wasmcore_trap_frame(instance, level, &frame); level++) all.push_back(frame);
    return all;
  }

  wasmcore_stats stats() const {
    wasmcore_stats s{};
    wasmcore_instance_stats(instance, &s);
    return s;
  }

  wasmcore_options options{};
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  Slots slots;
};

inline wasmcore_trap nothing(wasmcore_instance*, uint64_t*, void*) {
  return WASMCORE_TRAP_NONE;
}

// What engine_basic.wat imports: a function that collects what it is given, and a global from a module of its
// own.
struct Basic {
  explicit Basic(const std::function<void(Basic&)>& configure = nullptr) : module(guest("basic")) {
    if (configure) configure(*this);
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    EXPECT_EQ(limit_module.load(), WASMCORE_OK) << limit_module.error.message;
    EXPECT_EQ(limit.start(limit_module), WASMCORE_OK);
    run.options.hosts = &host;
    run.options.nhosts = 1;
    run.options.resolve = resolve;
    run.options.resolve_user = this;
    EXPECT_EQ(run.start(module), WASMCORE_OK) << run.error.message;
  }

  static wasmcore_trap log(wasmcore_instance*, uint64_t* slots, void* user) {
    static_cast<Basic*>(user)->logged.push_back(static_cast<uint32_t>(slots[0]));
    return WASMCORE_TRAP_NONE;
  }
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    if (std::string_view(import->name, import->name_size) != "limit") return false;
    out->instance = static_cast<Basic*>(user)->limit.instance;
    out->index = 0;
    return true;
  }

  // (module (global (export "g") i32 (i32.const 99)))
  Module limit_module{
      Bytes{0, 'a', 's', 'm', 1, 0, 0, 0, 6, 7, 1, 0x7f, 0, 0x41, 0xe3, 0, 0x0b, 7, 5, 1, 1, 'g', 3, 0}};
  Module module;
  Guest limit;
  std::vector<uint32_t> logged;
  wasmcore_host_function host{"env", "log", "i:", log, this};
  Guest run;
};

// Types as the letters of wasmcore_host_function.
inline std::string types_of(const wasmcore_signature& s) {
  std::string out;
  for (uint32_t i = 0; i < uint32_t{s.nparams} + s.nresults; i++) {
    if (i == s.nparams) out += ':';
    out += std::string_view("eXXXXXXXXXXVFfIi").at(s.types[i] == WASMCORE_FUNCREF ? 1 : s.types[i] & 15);
  }
  return out;
}

// The guest engine_host with its five host functions.
struct Host {
  Host() : module(guest("host")) {
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    run.options.hosts = functions;
    run.options.nhosts = static_cast<uint32_t>(std::size(functions));
    run.options.user = this;
  }
  void start() { ASSERT_EQ(run.start(module), WASMCORE_OK) << run.error.message; }

  static Host& of(void* user) { return *static_cast<Host*>(user); }

  static wasmcore_trap take(wasmcore_instance* caller, uint64_t* slots, void* user) {
    of(user).taken.assign(slots, slots + 8);
    of(user).caller = caller;
    slots[0] = 42;
    return WASMCORE_TRAP_NONE;
  }
  static wasmcore_trap give(wasmcore_instance* caller, uint64_t* slots, void*) {
    const uint64_t given[] = {0xffffffff00000007,
                              0x8000000000000001,
                              0xffffffff00000000 | std::bit_cast<uint32_t>(1.25F),
                              std::bit_cast<uint64_t>(-0.5),
                              10,
                              20,
                              reinterpret_cast<uint64_t>(wasmcore_find_function(caller, "double")),
                              0xdead};
    std::copy(std::begin(given), std::end(given), slots);
    return WASMCORE_TRAP_NONE;
  }
  static wasmcore_trap dirty(wasmcore_instance*, uint64_t* slots, void*) {
    slots[0] = 0xabcdef0180000002;
    return WASMCORE_TRAP_NONE;
  }
  static wasmcore_trap fail(wasmcore_instance*, uint64_t* slots, void*) {
    return static_cast<wasmcore_trap>(static_cast<uint32_t>(slots[0]));
  }
  static wasmcore_trap back(wasmcore_instance* caller, uint64_t* slots, void* user) {
    return of(user).on_back(caller, slots);
  }

  Module module;
  Slots taken;
  wasmcore_instance* caller = nullptr;
  std::function<wasmcore_trap(wasmcore_instance*, uint64_t*)> on_back;
  wasmcore_host_function functions[5] = {{"env", "take", "iIfFVre:i", take, this},
                                         {"env", "give", ":iIfFVre", give, this},
                                         {"env", "dirty", ":i", dirty, this},
                                         {"env", "fail", "i:i", fail, this},
                                         {"env", "back", "i:i", back, this}};
  Guest run;
};

}  // namespace wasmcore
