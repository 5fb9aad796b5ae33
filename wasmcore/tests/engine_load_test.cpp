// SPDX-License-Identifier: Apache-2.0
// The embedding API: loading and its errors, limits, what a module says of itself.
#include "engine.hpp"

namespace wasmcore {
namespace {

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
    [](const auto& test) { return test.param.name; });

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

}  // namespace
}  // namespace wasmcore
