// SPDX-License-Identifier: Apache-2.0
// The embedding API: loading and its errors, limits, what a module says of itself, host functions, linking,
// traps and where they happened, fuel to the unit, interruption, memory of the host.
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
namespace {

using Bytes = std::vector<uint8_t>;
using Slots = std::vector<uint64_t>;

// A guest of tests/wat, translated by wat2wasm --debug-names.
Bytes guest(const std::string& name) {
  std::ifstream file(std::string(WASMCORE_GUESTS) + "/engine_" + name + ".wasm", std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

void append_number(Bytes& to, size_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

void append_section(Bytes& to, uint8_t id, const Bytes& content) {
  to.push_back(id);
  append_number(to, content.size());
  to.insert(to.end(), content.begin(), content.end());
}

// A module with functions of type [] -> []; the first is exported as "f". Bodies begin with their locals.
Bytes module_of(const std::vector<Bytes>& bodies) {
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

wasmcore_trap nothing(wasmcore_instance*, uint64_t*, void*) {
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

// ---- loading ----

TEST(Load, SaysWhereAndWhy) {
  Module m(module_of({{0, 0x01, 0x0b}, {0, 0x41, 5, 0x0b}}));  // the second leaves a value
  EXPECT_EQ(m.load(), WASMCORE_E_INVALID);
  EXPECT_EQ(m.module, nullptr);
  EXPECT_EQ(m.error.status, WASMCORE_E_INVALID);
  EXPECT_STREQ(m.error.message, "type mismatch");
  EXPECT_EQ(m.error.function, 1u);
  EXPECT_EQ(m.error.offset, m.bytes.size()) << "after the end of the body";

  Module opcode(module_of({{0, 0x06, 0x0b}}));
  EXPECT_EQ(opcode.load(), WASMCORE_E_MALFORMED);
  EXPECT_STREQ(opcode.error.message, "illegal opcode");
  EXPECT_EQ(opcode.error.function, 0u);

  Module header(Bytes{0, 'a', 's', 'm', 2, 0, 0, 0});
  EXPECT_EQ(header.load(), WASMCORE_E_MALFORMED);
  EXPECT_STREQ(header.error.message, "unknown binary version");
  EXPECT_EQ(header.error.offset, 8u);
  EXPECT_EQ(header.error.function, UINT32_MAX);

  EXPECT_EQ(wasmcore_load(header.bytes.data(), 8, &header.config, &header.module, nullptr),
            WASMCORE_E_MALFORMED)
      << "nobody has to want the error";
  EXPECT_EQ(wasmcore_load(nullptr, 0, &header.config, &header.module, &header.error), WASMCORE_E_MALFORMED);
  wasmcore_unload(nullptr);
}

TEST(Load, RefusedMemoryIsNoMemory) {
  Module m(guest("basic"));
  m.config.allocator = {[](void*, size_t) -> void* { return nullptr; }, [](void*, void*, size_t) {}, nullptr};
  EXPECT_EQ(m.load(), WASMCORE_E_NOMEM);
  EXPECT_EQ(m.error.status, WASMCORE_E_NOMEM);
}

struct LimitCase {
  const char* name;
  uint32_t wasmcore_limits::* field;
  uint32_t enough;      // loads with this and not with less
  const char* message;  // a part of it
};

class LoadLimit : public testing::TestWithParam<LimitCase> {};

TEST_P(LoadLimit, IsExactAndNamed) {
  const LimitCase& c = GetParam();
  Module enough(guest("limits"));
  enough.config.limits.*c.field = c.enough;
  EXPECT_EQ(enough.load(), WASMCORE_OK) << enough.error.message;
  Module less(guest("limits"));
  less.config.limits.*c.field = c.enough - 1;
  EXPECT_EQ(less.load(), WASMCORE_E_LIMIT);
  EXPECT_EQ(less.module, nullptr);
  EXPECT_NE(std::string_view(less.error.message).find(c.message), std::string_view::npos)
      << less.error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, LoadLimit,
    testing::Values(
        LimitCase{"types", &wasmcore_limits::types, 3, " types: the limit is 2"},
        LimitCase{"functions", &wasmcore_limits::functions, 4, " functions"},
        LimitCase{"imports", &wasmcore_limits::imports, 3, "3 imports: the limit is 2"},
        LimitCase{"exports", &wasmcore_limits::exports, 5, "5 exports: the limit is 4"},
        LimitCase{"globals", &wasmcore_limits::globals, 3, " globals"},
        LimitCase{"tables", &wasmcore_limits::tables, 3, " tables"},
        LimitCase{"segments", &wasmcore_limits::segments, 3, "3 element segments: the limit is 2"},
        LimitCase{"params", &wasmcore_limits::params, 4, "4 results: the limit is 3"},
        LimitCase{"locals", &wasmcore_limits::locals, 8, "8 locals: the limit is 7"},
        LimitCase{"nesting", &wasmcore_limits::nesting, 5, "5 blocks within blocks: the limit is 4"},
        LimitCase{"memory_pages", &wasmcore_limits::memory_pages, 3, "3 pages of memory: the limit is 2"},
        LimitCase{"table_size", &wasmcore_limits::table_size, 20, "20 elements in a table: the limit is 19"}),
    [](const auto& info) { return info.param.name; });

TEST(Load, LimitsOfSizes) {
  Module m(guest("limits"));
  const auto size = static_cast<uint32_t>(m.bytes.size());
  m.config.limits.module_bytes = size;
  EXPECT_EQ(m.load(), WASMCORE_OK);
  Module less(guest("limits"));
  less.config.limits.module_bytes = size - 1;
  EXPECT_EQ(less.load(), WASMCORE_E_LIMIT);
  EXPECT_NE(std::string_view(less.error.message).find("bytes in a module"), std::string_view::npos);

  const Bytes body = [] {
    Bytes b(300, 0x01);
    b.front() = 0;
    b.back() = 0x0b;
    return b;
  }();
  Module fits(module_of({body}));
  fits.config.limits.function_bytes = 300;
  EXPECT_EQ(fits.load(), WASMCORE_OK);
  Module too_long(module_of({body}));
  too_long.config.limits.function_bytes = 299;
  EXPECT_EQ(too_long.load(), WASMCORE_E_LIMIT);
  EXPECT_STREQ(too_long.error.message, "300 bytes in a function: the limit is 299");
  EXPECT_EQ(too_long.error.function, 0u);
}

TEST(Load, LimitOfCodeBytes) {
  Bytes body{0};
  for (int i = 0; i < 20; i++) body.insert(body.end(), {0x23, 0, 0x24, 0});  // global.get 0, global.set 0
  body.push_back(0x0b);
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0}, functions, code;
  constexpr size_t kFunctions = 200;
  append_number(functions, kFunctions);
  append_number(code, kFunctions);
  for (size_t i = 0; i < kFunctions; i++) {
    functions.push_back(0);
    append_number(code, body.size());
    code.insert(code.end(), body.begin(), body.end());
  }
  append_section(bytes, 1, {1, 0x60, 0, 0});
  append_section(bytes, 3, functions);
  append_section(bytes, 6, {1, 0x7f, 1, 0x41, 0, 0x0b});
  append_section(bytes, 10, code);
  Module m(bytes);
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  wasmcore_module_info info{};
  wasmcore_describe(m.module, &info);
  ASSERT_GT(info.code_bytes, 10000u);
  Module less(bytes);
  less.config.limits.code_bytes = static_cast<uint32_t>(info.code_bytes / 2);
  EXPECT_EQ(less.load(), WASMCORE_E_LIMIT) << "many small functions count together";
  EXPECT_NE(std::string_view(less.error.message).find("bytes of translated code"), std::string_view::npos)
      << less.error.message;
}

TEST(Load, LimitOfWork) {
  // 40 values on the stack, then branches that have to look at all of them again and again
  Bytes body{0};
  constexpr uint8_t kMany = 40;
  Bytes type{2, 0x60, 0, 0, 0x60, 0, kMany};
  type.insert(type.end(), kMany, 0x7f);
  for (int i = 0; i < 2000; i++)
    body.insert(body.end(), {0x02, 1, 0x00, 0x0b, 0x0f});  // block, unreachable, end, return
  body.push_back(0x0b);
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0}, code{1};
  append_number(code, body.size());
  code.insert(code.end(), body.begin(), body.end());
  append_section(bytes, 1, type);
  append_section(bytes, 3, {1, 0});
  append_section(bytes, 10, code);
  Module m(bytes);
  EXPECT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  Module less(bytes);
  less.config.limits.work_per_byte = 1;
  EXPECT_EQ(less.load(), WASMCORE_E_LIMIT);
  EXPECT_NE(std::string_view(less.error.message).find("steps to translate a function"),
            std::string_view::npos)
      << less.error.message;
}

TEST(Load, DeniedFeatures) {
  Module floats(guest("basic"));
  floats.config.deny = WASMCORE_DENY_FLOATS;
  EXPECT_EQ(floats.load(), WASMCORE_E_DENIED);
  EXPECT_NE(std::string_view(floats.error.message).find("float"), std::string_view::npos)
      << floats.error.message;
  Module simd(guest("host"));
  simd.config.deny = WASMCORE_DENY_SIMD;
  EXPECT_EQ(simd.load(), WASMCORE_E_DENIED);
  EXPECT_NE(std::string_view(simd.error.message).find("SIMD"), std::string_view::npos) << simd.error.message;
  Module neither(guest("limits"));
  neither.config.deny = WASMCORE_DENY_FLOATS | WASMCORE_DENY_SIMD;
  EXPECT_EQ(neither.load(), WASMCORE_OK) << neither.error.message;

  const Bytes f64_const{0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0x0b};
  const Bytes f32x4_add{0, 0xfd, 0x0c, 0, 0, 0, 0, 0,    0,    0, 0,    0,
                        0, 0,    0,    0, 0, 0, 0, 0xfd, 0xe0, 1, 0x1a, 0x0b};
  const Bytes i32x4_neg{0, 0xfd, 0x0c, 0, 0, 0, 0, 0,    0,    0, 0,    0,
                        0, 0,    0,    0, 0, 0, 0, 0xfd, 0xa1, 1, 0x1a, 0x0b};
  auto denied = [](const Bytes& body, uint32_t deny) {
    Module m(module_of({body}));
    m.config.deny = deny;
    m.load();
    return m.status == WASMCORE_E_DENIED && m.error.function == 0;
  };
  EXPECT_TRUE(denied(f64_const, WASMCORE_DENY_FLOATS));
  EXPECT_FALSE(denied(f64_const, WASMCORE_DENY_SIMD));
  EXPECT_TRUE(denied(f32x4_add, WASMCORE_DENY_FLOATS)) << "f32x4.neg";
  EXPECT_TRUE(denied(f32x4_add, WASMCORE_DENY_SIMD));
  EXPECT_FALSE(denied(i32x4_neg, WASMCORE_DENY_FLOATS));
  EXPECT_TRUE(denied(i32x4_neg, WASMCORE_DENY_SIMD));
}

// ---- inspection ----

std::string types_of(const wasmcore_signature& s) {
  std::string out;
  for (uint32_t i = 0; i < uint32_t{s.nparams} + s.nresults; i++) {
    if (i == s.nparams) out += ':';
    out += std::string_view("eXXXXXXXXXXVFfIi").at(s.types[i] == WASMCORE_FUNCREF ? 1 : s.types[i] & 15);
  }
  return out;
}

TEST(Inspect, Module) {
  Module m(guest("basic"));
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  wasmcore_module_info info{};
  wasmcore_describe(m.module, &info);
  EXPECT_EQ(info.imports, 2u);
  EXPECT_EQ(info.imported_functions, 1u);
  EXPECT_EQ(info.tables, 2u);
  EXPECT_EQ(info.memories, 1u);
  EXPECT_EQ(info.globals, 5u);
  EXPECT_EQ(info.element_segments, 1u);
  EXPECT_EQ(info.data_segments, 2u);
  EXPECT_EQ(info.start_function, 1u);
  EXPECT_EQ(info.memory_min, 1u);
  EXPECT_EQ(info.memory_max, 3u);
  EXPECT_TRUE(info.uses_floats);
  EXPECT_TRUE(info.uses_simd);
  EXPECT_EQ(info.module_bytes, m.bytes.size());
  EXPECT_GT(info.code_bytes, 0u);
  EXPECT_GT(info.memory_bytes, info.code_bytes);

  Module none(module_of({}));
  none.bytes.resize(8);
  ASSERT_EQ(none.load(), WASMCORE_OK);
  wasmcore_describe(none.module, &info);
  EXPECT_EQ(info.functions, 0u);
  EXPECT_EQ(info.start_function, UINT32_MAX);
  EXPECT_EQ(info.memory_max, UINT32_MAX);
  EXPECT_FALSE(info.uses_floats || info.uses_simd);
}

TEST(Inspect, ImportsAndExports) {
  Module m(guest("basic"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  wasmcore_extern e{};
  ASSERT_TRUE(wasmcore_import(m.module, 0, &e));
  EXPECT_EQ(e.kind, WASMCORE_FUNCTION);
  EXPECT_EQ(std::string_view(e.module, e.module_size), "env");
  EXPECT_EQ(std::string_view(e.name, e.name_size), "log");
  EXPECT_EQ(e.signature.nparams, 1);
  EXPECT_EQ(e.signature.nresults, 0);
  EXPECT_EQ(e.signature.types[0], WASMCORE_I32);
  ASSERT_TRUE(wasmcore_import(m.module, 1, &e));
  EXPECT_EQ(e.kind, WASMCORE_GLOBAL);
  EXPECT_EQ(e.type, WASMCORE_I32);
  EXPECT_FALSE(e.is_mutable);
  EXPECT_FALSE(wasmcore_import(m.module, 2, &e));

  ASSERT_TRUE(wasmcore_export(m.module, 0, &e));
  EXPECT_EQ(e.kind, WASMCORE_MEMORY);
  EXPECT_EQ(std::string_view(e.name, e.name_size), "memory");
  EXPECT_EQ(e.min, 1u);
  EXPECT_EQ(e.max, 3u);
  ASSERT_TRUE(wasmcore_export(m.module, 1, &e));
  EXPECT_EQ(e.kind, WASMCORE_TABLE);
  EXPECT_EQ(e.type, WASMCORE_FUNCREF);
  EXPECT_EQ(e.min, 4u);
  EXPECT_EQ(e.max, 10u);
  ASSERT_TRUE(wasmcore_export(m.module, 2, &e));
  EXPECT_EQ(e.type, WASMCORE_EXTERNREF);
  EXPECT_EQ(e.max, UINT32_MAX);
  EXPECT_EQ(e.index, 1u);
  ASSERT_TRUE(wasmcore_export(m.module, 3, &e));
  EXPECT_EQ(e.kind, WASMCORE_GLOBAL);
  EXPECT_TRUE(e.is_mutable);
  EXPECT_EQ(e.index, 1u) << "after the imported one";
  uint32_t n = 0;
  while (wasmcore_export(m.module, n, &e)) n++;
  wasmcore_module_info info{};
  wasmcore_describe(m.module, &info);
  EXPECT_EQ(n, info.exports);

  uint32_t index = 0;
  EXPECT_TRUE(wasmcore_find_export(m.module, "vector add", WASMCORE_FUNCTION, &index));
  EXPECT_FALSE(wasmcore_find_export(m.module, "vector add", WASMCORE_GLOBAL, &index));
  EXPECT_FALSE(wasmcore_find_export(m.module, "", WASMCORE_FUNCTION, &index));
  EXPECT_FALSE(wasmcore_find_export(m.module, "memor", WASMCORE_MEMORY, &index));
  EXPECT_FALSE(wasmcore_find_export(m.module, "memory2", WASMCORE_MEMORY, &index));
  for (uint32_t i = 0; i < n; i++) {
    wasmcore_export(m.module, i, &e);
    ASSERT_TRUE(wasmcore_find_export(m.module, std::string(e.name, e.name_size).c_str(), e.kind, &index))
        << i;
    EXPECT_EQ(index, e.index);
  }
}

TEST(Inspect, SignaturesAndNames) {
  Module m(guest("basic"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  uint32_t index = 0;
  wasmcore_signature s{};
  ASSERT_TRUE(wasmcore_find_export(m.module, "swap", WASMCORE_FUNCTION, &index));
  ASSERT_TRUE(wasmcore_function_signature(m.module, index, &s));
  EXPECT_EQ(types_of(s), "iF:Fi");
  ASSERT_TRUE(wasmcore_find_export(m.module, "vector add", WASMCORE_FUNCTION, &index));
  ASSERT_TRUE(wasmcore_function_signature(m.module, index, &s));
  EXPECT_EQ(types_of(s), "Vi:iV");
  wasmcore_module_info info{};
  wasmcore_describe(m.module, &info);
  EXPECT_TRUE(wasmcore_function_signature(m.module, info.functions - 1, &s));
  EXPECT_FALSE(wasmcore_function_signature(m.module, info.functions, &s));

  uint32_t size = 0;
  const char* name = wasmcore_function_name(m.module, 0, &size);
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(std::string_view(name, size), "log");
  name = wasmcore_function_name(m.module, 2, &size);
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(std::string_view(name, size), "add");
  EXPECT_EQ(wasmcore_function_name(m.module, info.functions, &size), nullptr);
}

TEST(Inspect, CustomSections) {
  Bytes bytes = module_of({{0, 0x0b}});
  append_section(bytes, 0, {4, 'm', 'i', 'n', 'e', 1, 2, 3});
  append_section(bytes, 0, {4, 'm', 'i', 'n', 'e', 9});
  append_section(bytes, 0, {5, 'e', 'm', 'p', 't', 'y'});
  Module m(bytes);
  ASSERT_EQ(m.load(), WASMCORE_OK);
  size_t size = 0;
  const uint8_t* content = wasmcore_custom_section(m.module, "mine", &size);
  ASSERT_NE(content, nullptr);
  ASSERT_EQ(size, 3u) << "the first of that name";
  EXPECT_EQ(content[2], 3);
  EXPECT_NE(wasmcore_custom_section(m.module, "empty", &size), nullptr);
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(wasmcore_custom_section(m.module, "min", &size), nullptr);
  EXPECT_EQ(wasmcore_custom_section(m.module, "name", &size), nullptr);
  uint32_t name_size = 0;
  EXPECT_EQ(wasmcore_function_name(m.module, 0, &name_size), nullptr);
}

TEST(Inspect, Texts) {
  EXPECT_STREQ(wasmcore_trap_text(WASMCORE_TRAP_MEMORY), "out of bounds memory access");
  EXPECT_STREQ(wasmcore_status_text(WASMCORE_E_LINK), "link error");
  for (int i = 0; i < WASMCORE_TRAP_COUNT; i++)
    EXPECT_STRNE(wasmcore_trap_text(static_cast<wasmcore_trap>(i)), "unknown trap") << i;
  EXPECT_STREQ(wasmcore_trap_text(WASMCORE_TRAP_COUNT), "unknown trap");
  EXPECT_NE(std::string_view(wasmcore_build_info()).find("float"), std::string_view::npos);
}

// ---- host functions ----

struct Host {
  Host() : module(guest("host")) {
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    run.options.hosts = functions;
    run.options.nhosts = std::size(functions);
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

TEST(HostFunctions, ArgumentsOfEveryType) {
  Host host;
  host.start();
  EXPECT_EQ(host.run.i32("take"), 42u);
  EXPECT_EQ(host.caller, host.run.instance);
  EXPECT_EQ(wasmcore_user(host.caller), &host);
  EXPECT_EQ(wasmcore_instance_module(host.caller), host.module.module);
  ASSERT_EQ(host.taken.size(), 8u);
  EXPECT_EQ(static_cast<uint32_t>(host.taken[0]), 0xffffffffu);
  EXPECT_EQ(host.taken[1], 0x1122334455667788u);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(host.taken[2])), 1.5F);
  EXPECT_EQ(std::bit_cast<double>(host.taken[3]), -2.5);
  EXPECT_EQ(host.taken[4], 3u);
  EXPECT_EQ(host.taken[5], 4u);
  auto* f = reinterpret_cast<wasmcore_function*>(host.taken[6]);
  EXPECT_EQ(f, wasmcore_find_function(host.run.instance, "double"));
  EXPECT_EQ(host.taken[7], 0u);
  uint64_t slots[1] = {21};
  EXPECT_EQ(wasmcore_call(f, slots, 1, 1), WASMCORE_TRAP_NONE) << "the reference can be called";
  EXPECT_EQ(static_cast<uint32_t>(slots[0]), 42u);
}

TEST(HostFunctions, ResultsOfEveryType) {
  Host host;
  host.start();
  ASSERT_EQ(host.run.call("give", {}, 8), WASMCORE_TRAP_NONE);
  const Slots& s = host.run.slots;
  EXPECT_EQ(static_cast<uint32_t>(s[0]), 7u);
  EXPECT_EQ(s[1], 0x8000000000000001u);
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(s[2])), 1.25F);
  EXPECT_EQ(std::bit_cast<double>(s[3]), -0.5);
  EXPECT_EQ(s[4], 10u);
  EXPECT_EQ(s[5], 20u);
  EXPECT_EQ(reinterpret_cast<wasmcore_function*>(s[6]), wasmcore_find_function(host.run.instance, "double"));
  EXPECT_EQ(s[7], 0xdeadu);
}

TEST(HostFunctions, HighBitsOfResultsAreIgnored) {
  Host host;
  host.start();
  ASSERT_EQ(host.run.call("dirty", {}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(host.run.slots[0], 0x80000002u);
  ASSERT_EQ(host.run.call("dirty plus", {}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(host.run.slots[0], 0x40000001u);
  EXPECT_EQ(host.run.i32("double", {0xffffffff00000003}), 6u) << "and those of arguments";
}

TEST(HostFunctions, TrapsOfTheHost) {
  Host host;
  host.start();
  EXPECT_EQ(host.run.i32("fail", {0}), 1u);
  EXPECT_EQ(host.run.call("fail", {WASMCORE_TRAP_HOST}, 1), WASMCORE_TRAP_HOST);
  EXPECT_EQ(host.run.trap().trap, WASMCORE_TRAP_HOST);
  EXPECT_EQ(host.run.trap().status, WASMCORE_E_TRAP);
  EXPECT_NE(std::string_view(host.run.trap().message).find("host function failed, in function"),
            std::string_view::npos)
      << host.run.trap().message;
  EXPECT_EQ(host.module.bytes[host.run.trap().offset], 0x10) << "the call";
  EXPECT_EQ(host.run.call("fail", {WASMCORE_TRAP_EXIT}, 1), WASMCORE_TRAP_EXIT);
  EXPECT_EQ(host.run.i32("fail", {0}), 1u) << "the guest can be called again";
}

TEST(HostFunctions, CallBackIntoTheGuest) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    uint64_t inner[2] = {slots[0]};
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "double"), inner, 1, 1);
    slots[0] = inner[0];
    return trap;
  };
  EXPECT_EQ(host.run.i32("back", {4}), 1012u) << "what stood on the stack is as it was";
  EXPECT_EQ(host.run.stats().calls, 2u);
}

TEST(HostFunctions, MemoryGrownByANestedCall) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    size_t before = 0, after = 0;
    const uint8_t* memory = wasmcore_memory(caller, &before);
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "grow and store"), slots, 0, 1);
    EXPECT_EQ(wasmcore_memory(caller, &after), memory) << "the address never changes";
    EXPECT_EQ(after, before + WASMCORE_PAGE_SIZE);
    return trap;
  };
  EXPECT_EQ(host.run.i32("grown by the call"), 9u);
}

TEST(HostFunctions, NestingHasALimit) {
  constexpr uint32_t kNesting = 5;
  Host host;
  host.module.config.limits.host_nesting = kNesting;
  wasmcore_unload(host.module.module);
  ASSERT_EQ(host.module.load(), WASMCORE_OK);
  host.start();
  uint32_t deepest = 0, depth = 0;
  wasmcore_trap innermost = WASMCORE_TRAP_NONE;
  host.on_back = [&](wasmcore_instance* caller, uint64_t* slots) {
    depth++;
    deepest = std::max(deepest, depth);
    uint64_t inner[2] = {slots[0]};
    wasmcore_trap trap = wasmcore_call(wasmcore_find_function(caller, "again"), inner, 1, 1);
    if (innermost == WASMCORE_TRAP_NONE) innermost = trap;
    depth--;
    slots[0] = 0;
    return WASMCORE_TRAP_NONE;
  };
  EXPECT_EQ(host.run.i32("again", {0}), 1u);
  EXPECT_EQ(innermost, WASMCORE_TRAP_NESTING);
  EXPECT_EQ(deepest, kNesting);
}

TEST(HostFunctions, FuelIsSharedWithNestedCalls) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance* caller, uint64_t* slots) {
    uint64_t inner[1] = {100};
    slots[0] = 0;
    return wasmcore_call(wasmcore_find_function(caller, "spend"), inner, 1, 0);
  };
  wasmcore_set_fuel(host.run.instance, 1000);
  EXPECT_EQ(host.run.i32("back", {0}), 1000u);
  EXPECT_EQ(wasmcore_fuel(host.run.instance), 1000u - 500 - 6);
  wasmcore_set_fuel(host.run.instance, 400);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_FUEL);
  host.on_back = [](wasmcore_instance* caller, uint64_t*) {
    wasmcore_set_fuel(caller, 0);
    return WASMCORE_TRAP_NONE;
  };
  wasmcore_set_fuel(host.run.instance, 1000);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_NONE) << "its basic block was paid for";
  EXPECT_EQ(wasmcore_fuel(host.run.instance), 0u);
  EXPECT_EQ(host.run.call("back", {0}, 1), WASMCORE_TRAP_FUEL);
}

TEST(Link, MissingAndMismatched) {
  Host host;
  host.run.options.nhosts = 4;
  EXPECT_EQ(host.run.start(host.module), WASMCORE_E_LINK);
  EXPECT_EQ(host.run.instance, nullptr);
  EXPECT_STREQ(host.run.error.message, "import env.back: unknown import");
  host.run.options.nhosts = 5;
  for (const char* wrong : {"i:", ":i", "I:i", "i:I", "ii:i", "i:ii", "i", "", "i:i ", "i;i", "ix:i"}) {
    host.functions[4].signature = wrong;
    EXPECT_EQ(host.run.start(host.module), WASMCORE_E_LINK) << wrong;
    EXPECT_STREQ(host.run.error.message,
                 "import env.back: incompatible import type: the host's function has another signature");
  }
  host.functions[4].signature = "i:i";
  host.start();

  Module program(guest("program"));
  ASSERT_EQ(program.load(), WASMCORE_OK);
  Guest run;
  wasmcore_host_function memory{"library", "memory", ":", nothing, nullptr};
  run.options.hosts = &memory;
  run.options.nhosts = 1;
  EXPECT_EQ(run.start(program), WASMCORE_E_LINK);
}

// ---- instances that share ----

struct Linked {
  explicit Linked(const wasmcore_limits& limits = {})
      : library_module(guest("library")), module(guest("program")) {
    library_module.config.limits = module.config.limits = limits;
    EXPECT_EQ(library_module.load(), WASMCORE_OK) << library_module.error.message;
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    EXPECT_EQ(library.start(library_module), WASMCORE_OK) << library.error.message;
    run.options.resolve = resolve;
    run.options.resolve_user = library.instance;
    EXPECT_EQ(run.start(module), WASMCORE_OK) << run.error.message;
  }
  static bool resolve(void* user, const wasmcore_extern* import, wasmcore_provider* out) {
    out->instance = static_cast<wasmcore_instance*>(user);
    return wasmcore_find_export(wasmcore_instance_module(out->instance),
                                std::string(import->name, import->name_size).c_str(), import->kind,
                                &out->index);
  }

  Module library_module, module;
  Guest library, run;
};

TEST(Link, InstancesShareEverything) {
  Linked linked;
  EXPECT_EQ(linked.run.i32("divide", {5}), 21u);
  EXPECT_EQ(linked.run.i32("stored there", {77}), 77u);
  uint32_t value = 0;
  EXPECT_TRUE(wasmcore_read(linked.library.instance, 64, &value, 4));
  EXPECT_EQ(value, 77u);
  EXPECT_EQ(linked.run.i32("grown there"), 11u);
  size_t size = 0;
  EXPECT_EQ(wasmcore_memory(linked.run.instance, &size), wasmcore_memory(linked.library.instance, &size));
  EXPECT_EQ(size, 2 * size_t{WASMCORE_PAGE_SIZE});
  EXPECT_EQ(linked.run.call("add to total", {40}), WASMCORE_TRAP_NONE);
  uint64_t total = 2;
  EXPECT_TRUE(wasmcore_global_get(linked.library.instance, 0, &total));
  EXPECT_EQ(total, 40u);
  EXPECT_EQ(linked.run.i32("indirect", {0}), 7u) << "a function of the library";
  EXPECT_EQ(linked.run.i32("indirect", {1}), 9u) << "its own, from a shared table";
  EXPECT_EQ(linked.library.i32("call", {1}), 9u) << "the library calls the program's";
  EXPECT_EQ(linked.run.i32("there and back", {1}), 9u);
  EXPECT_EQ(linked.run.i32("wide"), 5u);
  EXPECT_EQ(linked.run.i32("wide deep", {20}), 5u);
}

TEST(Link, TrapInAnImportedFunction) {
  Linked linked;
  EXPECT_EQ(linked.run.call("divide", {0}, 1), WASMCORE_TRAP_DIVIDE_BY_ZERO);
  auto frames = linked.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].module, linked.library_module.module);
  EXPECT_EQ(frames[1].module, linked.library_module.module);
  EXPECT_EQ(frames[2].module, linked.module.module);
  uint32_t divide = 0, exported = 0;
  ASSERT_TRUE(wasmcore_find_export(linked.library_module.module, "divide", WASMCORE_FUNCTION, &divide));
  ASSERT_TRUE(wasmcore_find_export(linked.module.module, "divide", WASMCORE_FUNCTION, &exported));
  EXPECT_EQ(frames[0].function, divide - 1);
  EXPECT_EQ(frames[1].function, divide);
  EXPECT_EQ(frames[2].function, exported);
  EXPECT_EQ(linked.library_module.bytes[frames[0].offset], 0x6e) << "i32.div_u";
  EXPECT_EQ(linked.library_module.bytes[frames[1].offset], 0x10) << "call";
  EXPECT_EQ(linked.module.bytes[frames[2].offset], 0x10) << "call";
  EXPECT_NE(std::string_view(linked.run.trap().message).find("(inner)"), std::string_view::npos)
      << linked.run.trap().message;
  EXPECT_EQ(linked.run.i32("divide", {4}), 26u) << "both can be called again";
  EXPECT_EQ(linked.library.i32("divide", {4}), 25u);
  EXPECT_EQ(linked.run.call("there and back", {2}, 1), WASMCORE_TRAP_UNREACHABLE) << "out and in again";
  frames = linked.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].module, linked.module.module);
  EXPECT_EQ(frames[1].module, linked.library_module.module);
  EXPECT_EQ(frames[2].module, linked.module.module);
}

TEST(Link, OutOfFuelAtTheBorder) {
  Linked linked;
  uint64_t used = 0;
  {
    wasmcore_set_fuel(linked.run.instance, 1000);
    ASSERT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_NONE);
    used = 1000 - wasmcore_fuel(linked.run.instance);
  }
  for (uint64_t fuel = 0; fuel < used; fuel++) {
    wasmcore_set_fuel(linked.run.instance, fuel);
    ASSERT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_FUEL) << fuel;
    for (const wasmcore_frame& f : linked.run.frames()) {
      const Module& m = f.module == linked.module.module ? linked.module : linked.library_module;
      ASSERT_EQ(f.module, m.module);
      ASSERT_LT(f.offset, m.bytes.size());
    }
  }
  wasmcore_set_fuel(linked.run.instance, used);
  EXPECT_EQ(linked.run.call("divide", {1}, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(linked.library.instance), WASMCORE_FUEL_UNLIMITED) << "the caller's instance pays";
}

TEST(Link, StackRunsOutAtTheBorder) {
  // Some depth leaves room for the call but not for the 16 locals of the library's function, some not for its
  // frames.
  for (uint32_t slots = 1; slots < 60; slots++) {
    Linked linked;
    wasmcore_free_instance(linked.run.instance);
    linked.run.options.stack_slots = slots;
    ASSERT_EQ(linked.run.start(linked.module), WASMCORE_OK);
    wasmcore_trap trap = linked.run.call("wide deep", {3}, 1);
    ASSERT_TRUE(trap == WASMCORE_TRAP_STACK || trap == WASMCORE_TRAP_NONE) << slots;
    for (const wasmcore_frame& f : linked.run.frames())
      ASSERT_TRUE(f.module == linked.module.module || f.module == linked.library_module.module);
  }
  for (uint32_t depth = 1; depth < 10; depth++) {
    Linked linked;
    wasmcore_free_instance(linked.run.instance);
    linked.run.options.call_depth = depth;
    ASSERT_EQ(linked.run.start(linked.module), WASMCORE_OK);
    wasmcore_trap trap = linked.run.call("wide deep", {3}, 1);
    ASSERT_TRUE(trap == WASMCORE_TRAP_STACK || trap == WASMCORE_TRAP_NONE) << depth;
    for (const wasmcore_frame& f : linked.run.frames()) ASSERT_EQ(f.module, linked.module.module);
  }
}

TEST(Instance, TrapsWhileItIsMade) {
  // (memory 1) (data (i32.const 65536) "x") (func (export "f"))
  Bytes bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  append_section(bytes, 1, {1, 0x60, 0, 0});
  append_section(bytes, 3, {1, 0});
  append_section(bytes, 5, {1, 0, 1});
  append_section(bytes, 7, {1, 1, 'f', 0, 0});
  Bytes with_start = bytes;
  append_section(bytes, 10, {1, 2, 0, 0x0b});
  append_section(bytes, 11, {1, 0, 0x41, 0x80, 0x80, 4, 0x0b, 1, 'x'});
  Module m(bytes);
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  Guest run;
  EXPECT_EQ(run.start(m), WASMCORE_E_TRAP);
  EXPECT_EQ(run.error.status, WASMCORE_E_TRAP);
  EXPECT_EQ(run.error.trap, WASMCORE_TRAP_MEMORY);
  ASSERT_NE(run.instance, nullptr) << "it must be kept";
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_USAGE);

  append_section(with_start, 8, {0});
  append_section(with_start, 10, {1, 4, 0, 0x01, 0x00, 0x0b});  // nop, unreachable
  Module start(with_start);
  ASSERT_EQ(start.load(), WASMCORE_OK) << start.error.message;
  Guest trapped;
  EXPECT_EQ(trapped.start(start), WASMCORE_E_TRAP);
  EXPECT_EQ(trapped.error.trap, WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(trapped.error.function, 0u);
  ASSERT_LT(trapped.error.offset, with_start.size());
  EXPECT_EQ(with_start[trapped.error.offset], 0x00);
  EXPECT_EQ(trapped.call("f"), WASMCORE_TRAP_USAGE);

  Guest later;
  later.options.skip_start = true;
  ASSERT_EQ(later.start(start), WASMCORE_OK);
  EXPECT_EQ(wasmcore_start(later.instance), WASMCORE_TRAP_UNREACHABLE);

  Guest poor;
  poor.options.fuel = 1;
  EXPECT_EQ(poor.start(start), WASMCORE_E_TRAP);
  EXPECT_EQ(poor.error.trap, WASMCORE_TRAP_FUEL);
}

TEST(Instance, MemoryCapAndNoMemory) {
  Module m(guest("library"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest capped;
  capped.options.memory_pages = 2;
  ASSERT_EQ(capped.start(m), WASMCORE_OK);
  EXPECT_EQ(capped.i32("grow"), 1u);
  EXPECT_EQ(capped.i32("grow"), UINT32_MAX);
  Module limits(guest("fuel"));
  ASSERT_EQ(limits.load(), WASMCORE_OK);
  Guest refused;
  refused.options.memory_pages = 1;
  EXPECT_EQ(refused.start(limits), WASMCORE_E_LIMIT);
  EXPECT_EQ(refused.instance, nullptr);
}

// ---- calls and access by the host ----

TEST(Instance, CallsThatDoNotFit) {
  Basic basic;
  wasmcore_function* add = wasmcore_find_function(basic.run.instance, "add");
  uint64_t slots[4] = {1, 2, 3, 4};
  EXPECT_EQ(wasmcore_call(add, slots, 1, 1), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 3, 1), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 2, 0), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(wasmcore_call(add, slots, 2, 2), WASMCORE_TRAP_USAGE);
  EXPECT_EQ(slots[0], 1u) << "nothing happened";
  EXPECT_EQ(wasmcore_call(add, slots, 2, 1), WASMCORE_TRAP_NONE);
  EXPECT_EQ(slots[0], 3u);
  EXPECT_EQ(wasmcore_call(wasmcore_find_function(basic.run.instance, "nothing"), nullptr, 0, 0),
            WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_find_function(basic.run.instance, "memory"), nullptr);
  EXPECT_EQ(wasmcore_find_function(basic.run.instance, "nobody"), nullptr);
  EXPECT_EQ(wasmcore_function_at(basic.run.instance, 1000), nullptr);
  wasmcore_signature s{};
  wasmcore_signature_of(add, &s);
  EXPECT_EQ(types_of(s), "ii:i");
  ASSERT_EQ(basic.run.call("vector add", {1, 2, 9}, 3), WASMCORE_TRAP_NONE) << "a vector has two slots";
  EXPECT_EQ(static_cast<uint32_t>(basic.run.slots[0]), 9u);
  EXPECT_EQ(basic.run.slots[1], 2u);
  EXPECT_EQ(basic.run.slots[2], 4u);
  ASSERT_EQ(basic.run.call("log twice", {5}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(basic.logged, (std::vector<uint32_t>{5, 99}));
  uint64_t one[1] = {6};
  EXPECT_EQ(wasmcore_call(wasmcore_function_at(basic.run.instance, 0), one, 1, 0), WASMCORE_TRAP_NONE)
      << "an imported host function";
  EXPECT_EQ(basic.logged.back(), 6u);
}

TEST(Instance, MemoryAccess) {
  Basic basic;
  wasmcore_instance* i = basic.run.instance;
  size_t size = 0;
  uint8_t* memory = wasmcore_memory(i, &size);
  ASSERT_EQ(size, size_t{WASMCORE_PAGE_SIZE});
  EXPECT_EQ(std::memcmp(memory + 16, "sixteen", 7), 0);
  EXPECT_EQ(wasmcore_range(i, 0, 65536), memory);
  EXPECT_EQ(wasmcore_range(i, 65535, 1), memory + 65535);
  EXPECT_EQ(wasmcore_range(i, 65536, 0), memory + 65536) << "an empty range at the end";
  EXPECT_EQ(wasmcore_range(i, 65537, 0), nullptr);
  EXPECT_EQ(wasmcore_range(i, 65536, 1), nullptr);
  EXPECT_EQ(wasmcore_range(i, 1, 65536), nullptr);
  EXPECT_EQ(wasmcore_range(i, UINT32_MAX, 1), nullptr);
  EXPECT_EQ(wasmcore_range(i, UINT32_MAX, 2), nullptr);
  EXPECT_EQ(wasmcore_range(i, 1, UINT64_MAX), nullptr);
  EXPECT_EQ(wasmcore_range(i, 8, UINT64_MAX - 4), nullptr);
  uint32_t value = 0x11223344;
  EXPECT_TRUE(wasmcore_write(i, 65532, &value, 4));
  value = 0;
  EXPECT_TRUE(wasmcore_read(i, 65532, &value, 4));
  EXPECT_EQ(value, 0x11223344u);
  EXPECT_FALSE(wasmcore_write(i, 65533, &value, 4));
  EXPECT_FALSE(wasmcore_read(i, 65533, &value, 4));
  EXPECT_FALSE(wasmcore_read(i, UINT32_MAX, &value, 4));
  EXPECT_EQ(basic.run.i32("load", {65535}), 0x11u);

  Module m(module_of({{0, 0x0b}}));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest none;
  ASSERT_EQ(none.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_memory(none.instance, &size), nullptr);
  EXPECT_EQ(size, 0u);
  EXPECT_FALSE(wasmcore_read(none.instance, 0, &value, 1));
}

TEST(Instance, GlobalsAndTables) {
  Basic basic;
  wasmcore_instance* i = basic.run.instance;
  uint64_t v[2] = {0, 0};
  EXPECT_TRUE(wasmcore_global_get(i, 0, v)) << "imported";
  EXPECT_EQ(static_cast<uint32_t>(v[0]), 99u);
  EXPECT_FALSE(wasmcore_global_set(i, 0, v)) << "immutable";
  v[0] = 41;
  EXPECT_TRUE(wasmcore_global_set(i, 1, v));
  EXPECT_EQ(basic.run.i32("count"), 42u);
  EXPECT_TRUE(wasmcore_global_get(i, 1, v));
  EXPECT_EQ(static_cast<uint32_t>(v[0]), 42u);
  EXPECT_TRUE(wasmcore_global_get(i, 2, v));
  EXPECT_EQ(v[0], static_cast<uint64_t>(-7));
  EXPECT_FALSE(wasmcore_global_set(i, 2, v));
  EXPECT_TRUE(wasmcore_global_get(i, 3, v));
  EXPECT_EQ(v[0], 0x11u);
  EXPECT_EQ(v[1], 0x22u);
  v[0] = 0x33;
  EXPECT_TRUE(wasmcore_global_set(i, 3, v));
  EXPECT_TRUE(wasmcore_global_get(i, 3, v));
  EXPECT_EQ(v[0], 0x33u);
  EXPECT_FALSE(wasmcore_global_get(i, 5, v));
  EXPECT_FALSE(wasmcore_global_set(i, 5, v));

  uint64_t ref = 1;
  EXPECT_EQ(wasmcore_table_size(i, 0), 4u);
  EXPECT_EQ(wasmcore_table_size(i, 1), 2u);
  EXPECT_EQ(wasmcore_table_size(i, 2), 0u);
  EXPECT_TRUE(wasmcore_table_get(i, 0, 0, &ref));
  EXPECT_EQ(ref, 0u);
  EXPECT_TRUE(wasmcore_table_get(i, 0, 2, &ref));
  EXPECT_EQ(reinterpret_cast<wasmcore_function*>(ref), wasmcore_find_function(i, "seven"));
  EXPECT_FALSE(wasmcore_table_get(i, 0, 4, &ref));
  EXPECT_FALSE(wasmcore_table_get(i, 2, 0, &ref));
  EXPECT_EQ(basic.run.call("set ref", {1, 0x1234567890}), WASMCORE_TRAP_NONE);
  EXPECT_TRUE(wasmcore_table_get(i, 1, 1, &ref));
  EXPECT_EQ(ref, 0x1234567890u) << "a reference of the host is passed on as it is";
  EXPECT_EQ(basic.run.i32("grow table", {6}), 4u);
  EXPECT_EQ(wasmcore_table_size(i, 0), 10u);
  EXPECT_EQ(basic.run.i32("grow table", {1}), UINT32_MAX);
}

// ---- traps ----

struct TrapCase {
  const char* function;
  Slots arguments;
  uint32_t nresults;
  wasmcore_trap trap;
  uint8_t opcode;  // of the instruction that traps
};

class Traps : public testing::TestWithParam<TrapCase> {};

TEST_P(Traps, SayWhatAndWhere) {
  const TrapCase& c = GetParam();
  Basic basic;
  EXPECT_EQ(basic.run.call(c.function, c.arguments, c.nresults), c.trap);
  const wasmcore_error e = basic.run.trap();
  uint32_t index = 0;
  ASSERT_TRUE(wasmcore_find_export(basic.module.module, c.function, WASMCORE_FUNCTION, &index));
  EXPECT_EQ(e.status, WASMCORE_E_TRAP);
  EXPECT_EQ(e.trap, c.trap);
  EXPECT_EQ(e.function, index);
  ASSERT_LT(e.offset, basic.module.bytes.size());
  EXPECT_EQ(basic.module.bytes[e.offset], c.opcode);
  char expected[192];
  snprintf(expected, sizeof(expected), "%s, in function %u (%s) at 0x%x", wasmcore_trap_text(c.trap), index,
           c.function, e.offset);
  EXPECT_STREQ(e.message, expected);
  EXPECT_EQ(basic.run.stats().traps, 1u);
  EXPECT_EQ(basic.run.i32("add", {20, 22}), 42u) << "the instance can be called again";
}

const uint64_t kNan = std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN());
const uint64_t kHuge = std::bit_cast<uint64_t>(1e300);

INSTANTIATE_TEST_SUITE_P(
    Each, Traps,
    testing::Values(TrapCase{"unreachable", {}, 0, WASMCORE_TRAP_UNREACHABLE, 0x00},
                    TrapCase{"divide", {1, 0}, 1, WASMCORE_TRAP_DIVIDE_BY_ZERO, 0x6d},
                    TrapCase{"divide", {0x80000000, 0xffffffff}, 1, WASMCORE_TRAP_OVERFLOW, 0x6d},
                    TrapCase{"convert", {kNan}, 1, WASMCORE_TRAP_CONVERSION, 0xaa},
                    TrapCase{"convert", {kHuge}, 1, WASMCORE_TRAP_OVERFLOW, 0xaa},
                    TrapCase{"peek", {65517}, 1, WASMCORE_TRAP_MEMORY, 0x29},
                    TrapCase{"peek", {0xfffffffb}, 1, WASMCORE_TRAP_MEMORY, 0x29},
                    TrapCase{"poke", {65529}, 0, WASMCORE_TRAP_MEMORY, 0x37},
                    TrapCase{"fill", {65536, 1}, 0, WASMCORE_TRAP_MEMORY, 0xfc},
                    TrapCase{"get", {2}, 1, WASMCORE_TRAP_TABLE, 0x25},
                    TrapCase{"indirect", {4}, 1, WASMCORE_TRAP_UNDEFINED_ELEMENT, 0x11},
                    TrapCase{"indirect", {0}, 1, WASMCORE_TRAP_NULL_ELEMENT, 0x11},
                    TrapCase{"indirect", {2}, 1, WASMCORE_TRAP_SIGNATURE, 0x11},
                    TrapCase{"forever", {}, 1, WASMCORE_TRAP_STACK, 0x10}));

TEST(Backtrace, OfThreeLevels) {
  Basic basic;
  EXPECT_EQ(basic.run.call("outer", {0}, 1), WASMCORE_TRAP_DIVIDE_BY_ZERO);
  auto frames = basic.run.frames();
  ASSERT_EQ(frames.size(), 3u);
  uint32_t divide = 0, outer = 0;
  wasmcore_find_export(basic.module.module, "divide", WASMCORE_FUNCTION, &divide);
  wasmcore_find_export(basic.module.module, "outer", WASMCORE_FUNCTION, &outer);
  EXPECT_EQ(frames[0].function, divide);
  EXPECT_EQ(frames[1].function, outer + 1);
  EXPECT_EQ(frames[2].function, outer);
  EXPECT_EQ(basic.module.bytes[frames[0].offset], 0x6d);
  EXPECT_EQ(basic.module.bytes[frames[1].offset], 0x10);
  EXPECT_EQ(basic.module.bytes[frames[1].offset + 1], divide);
  EXPECT_EQ(basic.module.bytes[frames[2].offset], 0x10);
  EXPECT_EQ(basic.module.bytes[frames[2].offset + 1], outer + 1);
  EXPECT_EQ(frames[0].module, basic.module.module);
}

TEST(Backtrace, OfRecursion) {
  Basic basic;
  uint32_t down = 0;
  wasmcore_find_export(basic.module.module, "down", WASMCORE_FUNCTION, &down);
  EXPECT_EQ(basic.run.call("down", {9}, 1), WASMCORE_TRAP_UNREACHABLE);
  auto frames = basic.run.frames();
  ASSERT_EQ(frames.size(), 10u);
  for (const wasmcore_frame& f : frames) EXPECT_EQ(f.function, down);
  EXPECT_EQ(basic.module.bytes[frames[0].offset], 0x00);
  for (size_t i = 1; i < frames.size(); i++) EXPECT_EQ(basic.module.bytes[frames[i].offset], 0x10) << i;
  EXPECT_EQ(basic.run.call("down", {200}, 1), WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(basic.run.frames().size(), 32u) << "no more are kept";
}

TEST(Backtrace, OfACallThatDidNotFitTheStack) {
  Host host;
  host.start();
  host.on_back = [](wasmcore_instance*, uint64_t*) { return WASMCORE_TRAP_HOST; };
  ASSERT_EQ(host.run.call("back", {1}, 1), WASMCORE_TRAP_HOST) << "a trap from before must not shine through";
  wasmcore_free_instance(host.run.instance);
  host.run.options.call_depth = 1;
  host.start();
  wasmcore_trap inner_trap = WASMCORE_TRAP_NONE;
  host.on_back = [&](wasmcore_instance* caller, uint64_t* slots) {
    inner_trap = wasmcore_call(wasmcore_find_function(caller, "double"), slots, 1, 1);
    wasmcore_error e{};
    wasmcore_last_trap(caller, &e);
    EXPECT_STREQ(e.message, "call stack exhausted") << "the nested call did not begin: it has no place";
    EXPECT_EQ(e.function, UINT32_MAX);
    return inner_trap;
  };
  EXPECT_EQ(host.run.call("back", {1}, 1), WASMCORE_TRAP_STACK);
  EXPECT_EQ(inner_trap, WASMCORE_TRAP_STACK);
  uint32_t back = 0;
  wasmcore_find_export(host.module.module, "back", WASMCORE_FUNCTION, &back);
  EXPECT_EQ(host.run.trap().function, back);
  EXPECT_EQ(host.module.bytes[host.run.trap().offset], 0x10);
}

TEST(Stats, PeaksAndCounts) {
  Basic basic;
  const wasmcore_stats before = basic.run.stats();
  EXPECT_EQ(before.memory_pages, 1u);
  EXPECT_EQ(basic.run.i32("depth", {9}), 9u);
  wasmcore_stats s = basic.run.stats();
  EXPECT_EQ(s.peak_call_depth, 10u);
  EXPECT_GE(s.peak_stack_slots, 10u);
  EXPECT_LE(s.peak_stack_slots, 100u);
  EXPECT_EQ(basic.run.i32("depth", {4}), 4u);
  EXPECT_EQ(basic.run.stats().peak_call_depth, 10u) << "a peak stays";
  EXPECT_EQ(basic.run.i32("grow", {2}), 1u);
  EXPECT_EQ(basic.run.call("unreachable"), WASMCORE_TRAP_UNREACHABLE);
  s = basic.run.stats();
  EXPECT_EQ(s.calls, before.calls + 4);
  EXPECT_EQ(s.traps, 1u);
  EXPECT_EQ(s.memory_pages, 3u);
  EXPECT_EQ(s.peak_memory_pages, 3u);
  EXPECT_GT(s.instance_bytes, 0u);
  EXPECT_GE(s.reserved_bytes, s.instance_bytes + 3 * size_t{WASMCORE_PAGE_SIZE});
}

TEST(Stats, StackLimits) {
  Basic shallow([](Basic& b) { b.run.options.call_depth = 5; });
  EXPECT_EQ(shallow.run.i32("depth", {4}), 4u);
  EXPECT_EQ(shallow.run.call("depth", {5}, 1), WASMCORE_TRAP_STACK);
  EXPECT_EQ(shallow.run.stats().peak_call_depth, 5u);
  Basic narrow([](Basic& b) { b.run.options.stack_slots = 30; });
  EXPECT_EQ(narrow.run.i32("depth", {1}), 1u);
  EXPECT_EQ(narrow.run.call("depth", {100}, 1), WASMCORE_TRAP_STACK);
  EXPECT_LE(narrow.run.stats().peak_stack_slots, 30u);
  Basic limited([](Basic& b) {
    b.module.config.limits.call_depth = 5;
    b.module.config.limits.stack_slots = 1000;
    b.run.options.call_depth = 100;
    b.run.options.stack_slots = 1u << 20;
  });
  EXPECT_EQ(limited.run.call("depth", {5}, 1), WASMCORE_TRAP_STACK)
      << "options cannot raise the module's limits";
  Basic grow([](Basic& b) {
    b.module.config.limits.memory_pages = 2;
    b.module.config.limits.table_size = 6;
  });
  EXPECT_EQ(grow.run.i32("grow", {2}), UINT32_MAX);
  EXPECT_EQ(grow.run.i32("grow", {1}), 1u);
  EXPECT_EQ(grow.run.i32("grow table", {3}), UINT32_MAX);
  EXPECT_EQ(grow.run.i32("grow table", {2}), 4u);
}

// ---- fuel ----

struct Fuel {
  Fuel() : module(guest("fuel")) {
    EXPECT_EQ(module.load(), WASMCORE_OK) << module.error.message;
    EXPECT_EQ(run.start(module), WASMCORE_OK) << run.error.message;
  }

  uint64_t of(const char* name, Slots arguments = {}, uint32_t nresults = 0) {
    constexpr uint64_t kGiven = 1'000'000;
    wasmcore_set_fuel(run.instance, kGiven);
    last = run.call(name, std::move(arguments), nresults);
    return kGiven - wasmcore_fuel(run.instance);
  }

  Module module;
  Guest run;
  wasmcore_trap last = WASMCORE_TRAP_NONE;
};

TEST(FuelCount, ByHand) {
  Fuel fuel;
  EXPECT_EQ(fuel.of("empty"), 0u);
  EXPECT_EQ(fuel.of("nops"), 3u);
  EXPECT_EQ(fuel.of("add", {}, 1), 3u);
  EXPECT_EQ(fuel.of("blocks"), 1u) << "block, loop and end are free";
  EXPECT_EQ(fuel.of("count", {1}), 5u);
  EXPECT_EQ(fuel.of("count", {100}), 500u);
  EXPECT_EQ(fuel.of("if", {1}, 1), 5u) << "else is free";
  EXPECT_EQ(fuel.of("if", {0}, 1), 3u);
  EXPECT_EQ(fuel.of("if only", {1}), 6u);
  EXPECT_EQ(fuel.of("if only", {0}), 3u);
  EXPECT_EQ(fuel.of("calls"), 8u);
  EXPECT_EQ(fuel.of("early", {1}), 3u);
  EXPECT_EQ(fuel.of("early", {0}), 4u);
  EXPECT_EQ(fuel.of("dead"), 2u) << "what cannot be reached is free";
  EXPECT_EQ(fuel.of("table", {0}), 5u);
  EXPECT_EQ(fuel.of("table", {1}), 3u);
  EXPECT_EQ(fuel.of("table", {77}), 3u);
  EXPECT_EQ(fuel.of("br_if out", {1}), 4u);
  EXPECT_EQ(fuel.of("br_if out", {0}), 6u);
  EXPECT_EQ(fuel.of("trap"), 3u);
  EXPECT_EQ(fuel.last, WASMCORE_TRAP_UNREACHABLE);
  EXPECT_EQ(fuel.of("trap halfway", {0}, 1), 6u) << "a basic block is paid when it is entered";
  EXPECT_EQ(fuel.last, WASMCORE_TRAP_DIVIDE_BY_ZERO);
}

TEST(FuelCount, OfBulkInstructions) {
  Fuel fuel;
  for (const char* name : {"memory.fill", "memory.copy"}) {
    EXPECT_EQ(fuel.of(name, {0}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {63}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {64}), 5u) << name;
    EXPECT_EQ(fuel.of(name, {128 * 64}), 4u + 128) << name;
  }
  EXPECT_EQ(fuel.of("memory.init", {63}), 4u);
  EXPECT_EQ(fuel.of("memory.init", {128}), 6u);
  for (const char* name : {"table.fill", "table.copy"}) {
    EXPECT_EQ(fuel.of(name, {7}), 4u) << name;
    EXPECT_EQ(fuel.of(name, {8}), 5u) << name;
    EXPECT_EQ(fuel.of(name, {200}), 4u + 25) << name;
  }
  EXPECT_EQ(fuel.of("table.init", {16}), 6u);
  EXPECT_EQ(fuel.of("table.grow", {16}), 6u);
  EXPECT_EQ(fuel.of("table.grow", {0}), 4u);
  EXPECT_EQ(fuel.of("locals"), 3u) << "17 slots of locals";
  EXPECT_EQ(fuel.of("call locals"), 4u);
  EXPECT_EQ(fuel.of("moved operands"), 10u + 1 + 1 + 9) << "nine slots moved";
}

TEST(FuelCount, RunsOutAtTheRightPlace) {
  Fuel fuel;
  for (uint64_t given = 0; given < 50; given++) {
    wasmcore_set_fuel(fuel.run.instance, given);
    EXPECT_EQ(fuel.run.call("count", {10}), WASMCORE_TRAP_FUEL) << given;
    EXPECT_EQ(wasmcore_fuel(fuel.run.instance), 0u);
    EXPECT_EQ(fuel.run.trap().trap, WASMCORE_TRAP_FUEL);
  }
  wasmcore_set_fuel(fuel.run.instance, 50);
  EXPECT_EQ(fuel.run.call("count", {10}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(fuel.run.instance), 0u);
  EXPECT_EQ(fuel.run.call("empty"), WASMCORE_TRAP_NONE) << "costs nothing";
  EXPECT_EQ(fuel.run.call("nops"), WASMCORE_TRAP_FUEL);
  wasmcore_set_fuel(fuel.run.instance, 3);
  EXPECT_EQ(fuel.run.call("nops"), WASMCORE_TRAP_NONE) << "the instance works again";
}

TEST(FuelCount, IsSummedUp) {
  Module m(guest("fuel"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  Guest run;
  run.options.fuel = 1000;
  ASSERT_EQ(run.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_fuel(run.instance), 1000u);
  run.call("count", {10});
  EXPECT_EQ(wasmcore_fuel(run.instance), 950u);
  wasmcore_set_fuel(run.instance, 20);
  run.call("nops");
  EXPECT_EQ(wasmcore_fuel(run.instance), 17u);
  EXPECT_EQ(run.stats().fuel_used, 53u);
  run.call("count", {10});
  EXPECT_EQ(run.stats().fuel_used, 70u) << "what was left is used up";
  wasmcore_set_fuel(run.instance, UINT64_MAX);
  EXPECT_EQ(wasmcore_fuel(run.instance), WASMCORE_FUEL_UNLIMITED);
  run.call("nops");
  EXPECT_EQ(run.stats().fuel_used, 73u);

  Guest unlimited;
  ASSERT_EQ(unlimited.start(m), WASMCORE_OK);
  EXPECT_EQ(wasmcore_fuel(unlimited.instance), WASMCORE_FUEL_UNLIMITED);
}

TEST(FuelCount, OfAVeryLongBasicBlock) {
  // Longer than the 16 bits of a price: paid in parts.
  constexpr size_t kNops = 150'000;
  Bytes body(kNops + 2, 0x01);
  body.front() = 0;
  body.back() = 0x0b;
  Module m(module_of({body}));
  ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
  Guest run;
  ASSERT_EQ(run.start(m), WASMCORE_OK);
  wasmcore_set_fuel(run.instance, kNops);
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_NONE);
  EXPECT_EQ(wasmcore_fuel(run.instance), 0u);
  wasmcore_set_fuel(run.instance, kNops - 1);
  EXPECT_EQ(run.call("f"), WASMCORE_TRAP_FUEL);
}

// ---- interruption and threads ----

TEST(Interrupt, BeforeACall) {
  Basic basic;
  wasmcore_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.call("add", {1, 2}, 1), WASMCORE_TRAP_INTERRUPTED);
  EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u) << "one call only";
  wasmcore_interrupt(basic.run.instance);
  wasmcore_clear_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u);
}

TEST(Interrupt, DuringACall) {
  Basic basic;
  for (int i = 0; i < 3; i++) {
    std::atomic<bool> running = false;
    std::thread other([&] {
      while (!running) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      wasmcore_interrupt(basic.run.instance);
    });
    running = true;
    EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_INTERRUPTED);
    other.join();
    EXPECT_STREQ(wasmcore_trap_text(basic.run.trap().trap), "interrupted");
    EXPECT_EQ(basic.run.i32("add", {1, 2}), 3u) << "the next call works";
  }
  wasmcore_set_fuel(basic.run.instance, 5);
  wasmcore_interrupt(basic.run.instance);
  EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_INTERRUPTED) << "with little fuel, too";
}

TEST(Threads, ShareAModule) {
  Module m(guest("fuel"));
  ASSERT_EQ(m.load(), WASMCORE_OK);
  auto work = [&m](uint64_t* used) {
    Guest run;
    ASSERT_EQ(run.start(m), WASMCORE_OK);
    for (int i = 0; i < 50; i++) EXPECT_EQ(run.call("count", {2000}), WASMCORE_TRAP_NONE);
    *used = run.stats().fuel_used;
  };
  uint64_t used[2] = {0, 0};
  std::thread a(work, &used[0]), b(work, &used[1]);
  a.join();
  b.join();
  EXPECT_EQ(used[0], 50u * 2000 * 5);
  EXPECT_EQ(used[1], used[0]) << "the same fuel for the same work";
}

TEST(Instances, OfOneModuleAreApart) {
  Basic basic;
  Guest second;
  second.options = basic.run.options;
  ASSERT_EQ(second.start(basic.module), WASMCORE_OK);
  EXPECT_EQ(basic.run.call("store", {100, 7}), WASMCORE_TRAP_NONE);
  EXPECT_EQ(second.i32("load", {100}), 0u);
  EXPECT_EQ(basic.run.i32("count"), 6u);
  EXPECT_EQ(basic.run.i32("count"), 7u);
  EXPECT_EQ(second.i32("count"), 6u);
  EXPECT_EQ(second.i32("grow", {1}), 1u);
  size_t size = 0;
  wasmcore_memory(basic.run.instance, &size);
  EXPECT_EQ(size, size_t{WASMCORE_PAGE_SIZE});
  EXPECT_NE(wasmcore_find_function(second.instance, "add"),
            wasmcore_find_function(basic.run.instance, "add"));
}

// ---- memory of the host ----

TEST(Memory, NothingIsRequestedWhileAGuestRuns) {
  Counter counter;
  {
    Basic basic([&](Basic& b) { b.module.config.allocator = counter.allocator(); });
    EXPECT_GT(counter.live, 0u);
    counter.armed = true;
    EXPECT_EQ(basic.run.i32("depth", {5000}), 5000u);
    EXPECT_EQ(basic.run.i32("grow", {2}), 1u);
    EXPECT_EQ(basic.run.i32("grow table", {6}), 4u);
    EXPECT_EQ(basic.run.call("fill", {0, 3 * WASMCORE_PAGE_SIZE}), WASMCORE_TRAP_NONE);
    EXPECT_EQ(basic.run.call("forever", {}, 1), WASMCORE_TRAP_STACK);
    EXPECT_EQ(basic.run.call("unreachable"), WASMCORE_TRAP_UNREACHABLE);
    EXPECT_FALSE(basic.run.frames().empty());
    basic.run.trap();
    wasmcore_set_fuel(basic.run.instance, 10);
    EXPECT_EQ(basic.run.call("spin"), WASMCORE_TRAP_FUEL);
    counter.armed = false;
  }
  EXPECT_EQ(counter.live, 0u) << "bytes that were not given back";
}

TEST(Memory, IsGivenBackAfterErrors) {
  Counter counter;
  for (const char* name : {"basic", "host", "fuel", "limits", "library", "program"}) {
    const Bytes whole = guest(name);
    for (size_t cut = 8; cut < whole.size(); cut += 7) {
      Module m(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(cut)));
      m.config.allocator = counter.allocator();
      m.load();
    }
  }
  EXPECT_EQ(counter.live, 0u);
  Module unlinked(guest("program"));
  unlinked.config.allocator = counter.allocator();
  ASSERT_EQ(unlinked.load(), WASMCORE_OK);
  const size_t loaded = counter.live;
  Guest run;
  EXPECT_EQ(run.start(unlinked), WASMCORE_E_LINK);
  EXPECT_EQ(counter.live, loaded);
}

TEST(Memory, EverythingInAnArena) {
  alignas(16) static uint8_t buffer[2u << 20];
  wasmcore_arena arena{buffer, sizeof(buffer), 0};
  {
    Module m(guest("library"));
    m.config.allocator = wasmcore_arena_allocator(&arena);
    m.config.limits.memory_pages = 4;
    m.config.limits.stack_slots = 1000;
    m.config.limits.call_depth = 100;
    m.config.limits.table_size = 100;
    ASSERT_EQ(m.load(), WASMCORE_OK) << m.error.message;
    Guest run;
    ASSERT_EQ(run.start(m), WASMCORE_OK) << run.error.message;
    EXPECT_EQ(run.i32("divide", {5}), 20u);
    EXPECT_EQ(run.i32("grow"), 1u);
    size_t size = 0;
    const uint8_t* memory = wasmcore_memory(run.instance, &size);
    EXPECT_GE(memory, buffer);
    EXPECT_LE(memory + size, buffer + sizeof(buffer));
    EXPECT_GT(arena.used, 4 * size_t{WASMCORE_PAGE_SIZE});
  }
  // A small one is an error, not a crash, wherever it ends; odd addresses are made to fit.
  for (size_t small = 0; small < 60'000; small += 1009) {
    wasmcore_arena little{buffer + small % 16, small, 0};
    Module m(guest("library"));
    m.config.allocator = wasmcore_arena_allocator(&little);
    m.config.limits.memory_pages = 1;
    m.config.limits.stack_slots = 100;
    m.config.limits.call_depth = 10;
    m.config.limits.table_size = 10;
    if (m.load() != WASMCORE_OK) {
      EXPECT_EQ(m.status, WASMCORE_E_NOMEM);
      continue;
    }
    Guest run;
    EXPECT_EQ(run.start(m), WASMCORE_E_NOMEM) << "there is no room for its memory";
  }
  wasmcore_arena stack{buffer, 1000, 0};
  wasmcore_allocator a = wasmcore_arena_allocator(&stack);
  void* first = a.alloc(a.user, 10);
  void* second = a.alloc(a.user, 100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 16, 0u);
  a.free(a.user, second, 100);
  EXPECT_EQ(a.alloc(a.user, 50), second) << "what was requested last is given back";
  EXPECT_EQ(a.alloc(a.user, 2000), nullptr);
  EXPECT_NE(first, nullptr);
}

}  // namespace
}  // namespace wasmcore
