/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The table of the instructions on v128 and the semantics of each class of them, against values computed by
 * hand. WebAssembly Core 2.0, 4.4.3 and 4.4.7. What the specification's test suite has is not repeated.
 */
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <type_traits>

#include "wc_simd.h"

namespace {

struct Vector {
  std::array<uint64_t, 2> slots{};

  bool operator==(const Vector&) const = default;
};

void PrintTo(const Vector& v, std::ostream* out) {
  const auto bytes = std::bit_cast<std::array<uint8_t, 16>>(v);

  for (int byte : bytes) *out << byte << ' ';
}

/* A vector from its lanes, lane 0 first; lanes that are not given are zero. */
template <typename Lane, typename... Values>
Vector lanes(Values... values) {
  const std::array<Lane, 16 / sizeof(Lane)> all{static_cast<Lane>(values)...};

  return std::bit_cast<Vector>(all);
}

template <typename... V>
Vector i8(V... v) {
  return lanes<uint8_t>(v...);
}

template <typename... V>
Vector i16(V... v) {
  return lanes<uint16_t>(v...);
}

template <typename... V>
Vector i32(V... v) {
  return lanes<uint32_t>(v...);
}

template <typename... V>
Vector i64(V... v) {
  return lanes<uint64_t>(v...);
}

template <typename... V>
Vector f32(V... v) {
  return lanes<float>(v...);
}

template <typename... V>
Vector f64(V... v) {
  return lanes<double>(v...);
}

template <typename Lane>
Vector all(Lane value) {
  std::array<Lane, 16 / sizeof(Lane)> v;

  v.fill(value);
  return std::bit_cast<Vector>(v);
}

const wc_simd_op& op(const std::string& name) {
  for (const auto& entry : wc_simd_ops)
    if (entry.name && name == entry.name) return entry;
  ADD_FAILURE() << "no instruction " << name;
  return wc_simd_ops[0x4d];
}

/* The result, which must be the same when it replaces any of the operands. */
Vector call(const std::string& name, Vector a, Vector b = {}, Vector c = {}, uint32_t imm = 0) {
  const auto& entry = op(name);
  Vector result, x = a, y = b, z = c;

  entry.fn(result.slots.data(), a.slots.data(), b.slots.data(), c.slots.data(), imm);
  entry.fn(x.slots.data(), x.slots.data(), b.slots.data(), c.slots.data(), imm);
  EXPECT_EQ(x, result) << name << " into a";
  if (entry.shape == WC_SIMD_BINARY || entry.shape == WC_SIMD_SHUFFLE || entry.shape == WC_SIMD_TERNARY) {
    entry.fn(y.slots.data(), a.slots.data(), y.slots.data(), c.slots.data(), imm);
    EXPECT_EQ(y, result) << name << " into b";
  }
  if (entry.shape == WC_SIMD_TERNARY) {
    entry.fn(z.slots.data(), a.slots.data(), b.slots.data(), z.slots.data(), imm);
    EXPECT_EQ(z, result) << name << " into c";
  }
  return result;
}

/* The high half of the slot of an i32 is not defined. */
constexpr uint64_t kGarbage = 0xdeadbeef00000000;

Vector shift(const std::string& name, Vector a, uint32_t count) {
  return call(name, a, i64(kGarbage | count));
}

/* A scalar result has one slot: the next one must stay as it was. */
uint64_t scalar(const std::string& name, Vector a, uint32_t lane = 0) {
  std::array<uint64_t, 2> result{0x1111111111111111, 0x2222222222222222};

  op(name).fn(result.data(), a.slots.data(), nullptr, nullptr, lane);
  EXPECT_EQ(result[1], 0x2222222222222222u) << name;
  return result[0];
}

Vector splat(const std::string& name, uint64_t value) {
  Vector result;

  op(name).fn(result.slots.data(), &value, nullptr, nullptr, 0);
  return result;
}

Vector replace(const std::string& name, Vector a, uint64_t value, uint32_t lane) {
  return call(name, a, i64(value), {}, lane);
}

/* A load from bytes 1, 2, 3... at an odd address, into `vector` for loads of a lane. */
Vector load(const std::string& name, Vector vector = {}, uint32_t lane = 0, uint8_t first = 1) {
  alignas(8) std::array<uint8_t, 24> memory{};
  Vector result = vector;

  for (unsigned i = 0; i < op(name).bytes; i++) memory[i + 1] = static_cast<uint8_t>(first + i);
  void* bytes = memory.data() + 1;
  op(name).fn(result.slots.data(), static_cast<const uint64_t*>(bytes), result.slots.data(), nullptr, lane);
  return result;
}

std::array<uint8_t, 20> store(const std::string& name, Vector vector, uint32_t lane = 0) {
  alignas(8) std::array<uint8_t, 20> memory{};

  void* bytes = memory.data() + 1;
  op(name).fn(static_cast<uint64_t*>(bytes), vector.slots.data(), nullptr, nullptr, lane);
  return memory;
}

constexpr float kInfF = std::numeric_limits<float>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(SimdTable, HasEveryInstructionOnce) {
  std::set<std::string> names;
  int count = 0;

  for (const auto& entry : wc_simd_ops) {
    if (!entry.name) {
      EXPECT_EQ(entry.fn, nullptr);
      EXPECT_EQ(entry.shape, WC_SIMD_NONE);
      continue;
    }
    const std::string name = entry.name;
    EXPECT_NE(entry.fn, nullptr) << name;
    EXPECT_NE(entry.shape, WC_SIMD_NONE) << name;
    names.insert(name);
    count++;

    const bool memory = entry.shape >= WC_SIMD_LOAD && entry.shape <= WC_SIMD_STORE_LANE;
    EXPECT_EQ(entry.bytes != 0, memory) << name;
    if (memory) {
      EXPECT_EQ(entry.bytes, 1 << entry.max_align) << name;
    }
    const bool lane = name.find("lane") != std::string::npos || name == "i8x16.shuffle";
    EXPECT_EQ(entry.nlanes != 0, lane) << name;
    const bool floats = name.find("f32x4") != std::string::npos || name.find("f64x2") != std::string::npos;
    EXPECT_EQ(entry.floats, floats) << name;
  }
  EXPECT_EQ(count, 236);
  EXPECT_EQ(names.size(), 236u);
}

TEST(SimdTable, Opcodes) {
  const std::pair<int, const char*> some[] = {
      {0x00, "v128.load"},
      {0x0c, "v128.const"},
      {0x15, "i8x16.extract_lane_s"},
      {0x22, "f64x2.replace_lane"},
      {0x40, "i32x4.ge_u"},
      {0x53, "v128.any_true"},
      {0x5b, "v128.store64_lane"},
      {0x6a, "f32x4.nearest"},
      {0x7b, "i8x16.avgr_u"},
      {0x94, "f64x2.nearest"},
      {0xba, "i32x4.dot_i16x8_s"},
      {0xdf, "i64x2.extmul_high_i32x4_u"},
      {0xeb, "f32x4.pmax"},
      {0xff, "f64x2.convert_low_i32x4_u"},
  };

  for (const auto& [opcode, name] : some) EXPECT_STREQ(wc_simd_ops[opcode].name, name);
  for (int opcode : {0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xd2, 0xe2, 0xee})
    EXPECT_EQ(wc_simd_ops[opcode].name, nullptr) << opcode;
}

TEST(SimdMemory, Loads) {
  EXPECT_EQ(load("v128.load"), i8(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
  EXPECT_EQ(load("v128.load8x8_s", {}, 0, 0x7c), i16(0x7c, 0x7d, 0x7e, 0x7f, 0xff80, 0xff81, 0xff82, 0xff83));
  EXPECT_EQ(load("v128.load8x8_u", {}, 0, 0x7c), i16(0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83));
  EXPECT_EQ(load("v128.load16x4_s", {}, 0, 0x7c), i32(0x7d7c, 0x7f7e, 0xffff8180, 0xffff8382));
  EXPECT_EQ(load("v128.load16x4_u", {}, 0, 0x7c), i32(0x7d7c, 0x7f7e, 0x8180, 0x8382));
  EXPECT_EQ(load("v128.load32x2_s", {}, 0, 0x7c), i64(0x7f7e7d7c, 0xffffffff83828180));
  EXPECT_EQ(load("v128.load32x2_u", {}, 0, 0x7c), i64(0x7f7e7d7c, 0x83828180));
  EXPECT_EQ(load("v128.load8_splat"), all<uint8_t>(1));
  EXPECT_EQ(load("v128.load16_splat"), all<uint16_t>(0x0201));
  EXPECT_EQ(load("v128.load32_splat"), all<uint32_t>(0x04030201));
  EXPECT_EQ(load("v128.load64_splat"), all<uint64_t>(0x0807060504030201));
  EXPECT_EQ(load("v128.load32_zero", all<uint8_t>(9)), i32(0x04030201));
  EXPECT_EQ(load("v128.load64_zero", all<uint8_t>(9)), i64(0x0807060504030201));
}

TEST(SimdMemory, Lanes) {
  const Vector v =
      i8(0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f);

  EXPECT_EQ(load("v128.load8_lane", i8(7), 15), i8(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_EQ(load("v128.load16_lane", i16(7), 6), i16(7, 0, 0, 0, 0, 0, 0x0201));
  EXPECT_EQ(load("v128.load32_lane", i32(7), 1), i32(7, 0x04030201));
  EXPECT_EQ(load("v128.load64_lane", i64(7, 8), 0), i64(0x0807060504030201, 8));
  EXPECT_EQ(store("v128.store", v),
            (std::array<uint8_t, 20>{0, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a,
                                     0x1b, 0x1c, 0x1d, 0x1e, 0x1f}));
  EXPECT_EQ(store("v128.store8_lane", v, 3), (std::array<uint8_t, 20>{0, 0x13}));
  EXPECT_EQ(store("v128.store16_lane", v, 3), (std::array<uint8_t, 20>{0, 0x16, 0x17}));
  EXPECT_EQ(store("v128.store32_lane", v, 3), (std::array<uint8_t, 20>{0, 0x1c, 0x1d, 0x1e, 0x1f}));
  EXPECT_EQ(store("v128.store64_lane", v, 1),
            (std::array<uint8_t, 20>{0, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f}));
}

TEST(SimdMove, ConstShuffleSwizzle) {
  const Vector a = i8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const Vector b = i8(100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115);
  const Vector lane = i8(31, 0, 16, 15, 1, 1, 30, 17, 2, 3, 4, 5, 6, 7, 8, 9);
  const Vector far = i8(15, 14, 16, 255, 128, 0, 0, 3, 31, 32, 64, 12, 1, 1, 1, 1);

  EXPECT_EQ(call("v128.const", {}, {}, lane), lane);
  EXPECT_EQ(call("i8x16.shuffle", a, b, lane), i8(115, 0, 100, 15, 1, 1, 114, 101, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(call("i8x16.swizzle", b, far),
            i8(115, 114, 0, 0, 0, 100, 100, 103, 0, 0, 0, 112, 101, 101, 101, 101));
}

TEST(SimdMove, Splats) {
  EXPECT_EQ(splat("i8x16.splat", 0xffffff85), all<uint8_t>(0x85));
  EXPECT_EQ(splat("i16x8.splat", 0xffff8765), all<uint16_t>(0x8765));
  EXPECT_EQ(splat("i32x4.splat", kGarbage | 0x87654321), all<uint32_t>(0x87654321));
  EXPECT_EQ(splat("i64x2.splat", 0x123456789abcdef0), all<uint64_t>(0x123456789abcdef0));
  EXPECT_EQ(splat("f32x4.splat", kGarbage | 0x3fc00000), all<float>(1.5f));
  EXPECT_EQ(splat("f64x2.splat", 0x3ff8000000000000), all<double>(1.5));
}

TEST(SimdMove, ExtractAndReplace) {
  const Vector v = i8(0x80, 1, 2, 3, 4, 5, 0x86, 0x97, 8, 9, 10, 11, 0x7c, 0x8d, 0x9e, 0xff);

  EXPECT_EQ(scalar("i8x16.extract_lane_s", v, 15), 0xffffffffu);
  EXPECT_EQ(scalar("i8x16.extract_lane_u", v, 15), 0xffu);
  EXPECT_EQ(scalar("i8x16.extract_lane_s", v, 12), 0x7cu);
  EXPECT_EQ(scalar("i16x8.extract_lane_s", v, 3), 0xffff9786u);
  EXPECT_EQ(scalar("i16x8.extract_lane_u", v, 3), 0x9786u);
  EXPECT_EQ(scalar("i32x4.extract_lane", v, 3), 0xff9e8d7cu);
  EXPECT_EQ(scalar("i64x2.extract_lane", v, 1), 0xff9e8d7c0b0a0908u);
  EXPECT_EQ(scalar("f32x4.extract_lane", v, 3), 0xff9e8d7cu); /* a signalling NaN stays one */
  EXPECT_EQ(scalar("f64x2.extract_lane", v, 0), 0x9786050403020180u);

  EXPECT_EQ(replace("i8x16.replace_lane", i8(1, 2, 3), 0x12345678, 1), i8(1, 0x78, 3));
  EXPECT_EQ(replace("i16x8.replace_lane", i16(1, 2, 3), 0x12345678, 7), i16(1, 2, 3, 0, 0, 0, 0, 0x5678));
  EXPECT_EQ(replace("i32x4.replace_lane", i32(1, 2, 3, 4), kGarbage | 9, 2), i32(1, 2, 9, 4));
  EXPECT_EQ(replace("i64x2.replace_lane", i64(1, 2), 0x123456789, 1), i64(1, 0x123456789));
  EXPECT_EQ(replace("f32x4.replace_lane", i32(1, 2, 3, 4), kGarbage | 0x7f800001, 0),
            i32(0x7f800001, 2, 3, 4));
  EXPECT_EQ(replace("f64x2.replace_lane", f64(1, 2), 0x4008000000000000, 0), f64(3, 2));
}

TEST(SimdBits, Logic) {
  const Vector a = i64(0xff00ff00ff00ff00, 0x5555), b = i64(0xf0f0f0f0f0f0f0f0, 0x3333);

  EXPECT_EQ(call("v128.not", a), i64(0x00ff00ff00ff00ff, 0xffffffffffffaaaa));
  EXPECT_EQ(call("v128.and", a, b), i64(0xf000f000f000f000, 0x1111));
  EXPECT_EQ(call("v128.andnot", a, b), i64(0x0f000f000f000f00, 0x4444));
  EXPECT_EQ(call("v128.or", a, b), i64(0xfff0fff0fff0fff0, 0x7777));
  EXPECT_EQ(call("v128.xor", a, b), i64(0x0ff00ff00ff00ff0, 0x6666));
  EXPECT_EQ(call("v128.bitselect", a, b, i64(0xffffffff00000000, 0x00ff)), i64(0xff00ff00f0f0f0f0, 0x3355));
  EXPECT_EQ(scalar("v128.any_true", i64(0, 0)), 0u);
  EXPECT_EQ(scalar("v128.any_true", i64(0, 1)), 1u);
  EXPECT_EQ(scalar("v128.any_true", i64(UINT64_C(1) << 63, 0)), 1u);
}

TEST(SimdBits, AllTrueAndBitmask) {
  for (const char* type : {"i8x16", "i16x8", "i32x4", "i64x2"}) {
    EXPECT_EQ(scalar(std::string(type) + ".all_true", {}), 0u);
    EXPECT_EQ(scalar(std::string(type) + ".all_true", all<uint8_t>(0x10)), 1u);
    EXPECT_EQ(scalar(std::string(type) + ".bitmask", all<uint8_t>(0x7f)), 0u);
  }
  EXPECT_EQ(scalar("i8x16.all_true", all<uint16_t>(0x0100)), 0u);
  EXPECT_EQ(scalar("i16x8.all_true", all<uint16_t>(0x0100)), 1u);
  EXPECT_EQ(scalar("i64x2.all_true", i64(1, 0)), 0u);
  EXPECT_EQ(scalar("i8x16.bitmask", all<uint8_t>(0x80)), 0xffffu);
  EXPECT_EQ(scalar("i8x16.bitmask", i16(0x8000, 0x0080, 0, 0, 0, 0, 0, 0x80ff)), 0xc006u);
  EXPECT_EQ(scalar("i16x8.bitmask", i16(0x8000, 0x0080, 0, 0, 0, 0, 0, 0x80ff)), 0x81u);
  EXPECT_EQ(scalar("i32x4.bitmask", i32(0x80000000, 0, 0xffffffff, 1)), 5u);
  EXPECT_EQ(scalar("i64x2.bitmask", i64(1, UINT64_C(1) << 63)), 2u);
}

TEST(SimdInteger, WrapAround) {
  EXPECT_EQ(call("i8x16.add", i8(255, 127, 1), i8(1, 1, 2)), i8(0, 128, 3));
  EXPECT_EQ(call("i16x8.add", i16(0xffff, 0x7fff), i16(2, 1)), i16(1, 0x8000));
  EXPECT_EQ(call("i32x4.add", i32(0x7fffffff, 0xffffffff), i32(1, 1)), i32(0x80000000, 0));
  EXPECT_EQ(call("i64x2.add", i64(UINT64_MAX, INT64_MAX), i64(1, 1)), i64(0, UINT64_C(1) << 63));
  EXPECT_EQ(call("i8x16.sub", i8(0, 128), i8(1, 1)), i8(255, 127));
  EXPECT_EQ(call("i16x8.sub", i16(0, 0x8000), i16(1, 1)), i16(0xffff, 0x7fff));
  EXPECT_EQ(call("i32x4.sub", i32(0, 5), i32(1, 7)), i32(-1, -2));
  EXPECT_EQ(call("i64x2.sub", i64(0, 5), i64(1, 7)), i64(-1, -2));
  EXPECT_EQ(call("i16x8.mul", i16(0xffff, 300, 0x8000), i16(0xffff, 300, 3)), i16(1, 90000 & 0xffff, 0x8000));
  EXPECT_EQ(call("i32x4.mul", i32(-1, 0x10000, 7), i32(-1, 0x10000, 6)), i32(1, 0, 42));
  EXPECT_EQ(call("i64x2.mul", i64(0x100000001, -1), i64(0x100000001, 5)), i64(0x200000001, -5));
  EXPECT_EQ(call("i8x16.neg", i8(1, 128, 0)), i8(255, 128, 0));
  EXPECT_EQ(call("i16x8.neg", i16(1, 0x8000)), i16(0xffff, 0x8000));
  EXPECT_EQ(call("i32x4.neg", i32(1, 0x80000000)), i32(-1, 0x80000000));
  EXPECT_EQ(call("i64x2.neg", i64(1, INT64_MIN)), i64(-1, INT64_MIN));
  EXPECT_EQ(call("i8x16.abs", i8(-5, 5, -128)), i8(5, 5, 128));
  EXPECT_EQ(call("i16x8.abs", i16(-5, 5, -32768)), i16(5, 5, 0x8000));
  EXPECT_EQ(call("i32x4.abs", i32(-5, 5, INT32_MIN)), i32(5, 5, 0x80000000));
  EXPECT_EQ(call("i64x2.abs", i64(-5, INT64_MIN)), i64(5, INT64_MIN));
}

TEST(SimdInteger, Saturating) {
  EXPECT_EQ(call("i8x16.add_sat_s", i8(127, -128, 100, -100), i8(1, -1, 20, -100)), i8(127, -128, 120, -128));
  EXPECT_EQ(call("i8x16.add_sat_u", i8(255, 200, 100), i8(1, 55, 200)), i8(255, 255, 255));
  EXPECT_EQ(call("i8x16.sub_sat_s", i8(127, -128, 0), i8(-1, 1, -128)), i8(127, -128, 127));
  EXPECT_EQ(call("i8x16.sub_sat_u", i8(1, 200), i8(2, 100)), i8(0, 100));
  EXPECT_EQ(call("i16x8.add_sat_s", i16(32767, -32768), i16(1, -1)), i16(32767, -32768));
  EXPECT_EQ(call("i16x8.add_sat_u", i16(65535, 65000), i16(65535, 500)), i16(65535, 65500));
  EXPECT_EQ(call("i16x8.sub_sat_s", i16(32767, -32768), i16(-1, 1)), i16(32767, -32768));
  EXPECT_EQ(call("i16x8.sub_sat_u", i16(1, 500), i16(2, 100)), i16(0, 400));
  EXPECT_EQ(call("i8x16.avgr_u", i8(255, 0, 1, 254), i8(255, 1, 1, 255)), i8(255, 1, 1, 255));
  EXPECT_EQ(call("i16x8.avgr_u", i16(65535, 0, 6), i16(65535, 1, 7)), i16(65535, 1, 7));
  EXPECT_EQ(call("i16x8.q15mulr_sat_s", i16(-32768, 32767, 16384, -16384, 1, -32768),
                 i16(-32768, 32767, 16384, 1, 16384, 32767)),
            i16(32767, 32766, 8192, 0, 1, -32767));
}

TEST(SimdInteger, CompareMinMax) {
  EXPECT_EQ(call("i8x16.eq", i8(1, 2), i8(1, 3)),
            lanes<int8_t>(-1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  EXPECT_EQ(call("i8x16.ne", i8(1, 2), i8(1, 3)), i8(0, -1));
  EXPECT_EQ(call("i8x16.lt_s", i8(-1, 1, 1), i8(1, -1, 1)), i8(-1));
  EXPECT_EQ(call("i8x16.lt_u", i8(-1, 1, 1), i8(1, -1, 1)), i8(0, -1));
  EXPECT_EQ(call("i16x8.gt_s", i16(-1, 1, 1), i16(1, -1, 1)), i16(0, -1));
  EXPECT_EQ(call("i16x8.gt_u", i16(-1, 1, 1), i16(1, -1, 1)), i16(-1));
  EXPECT_EQ(call("i32x4.le_s", i32(-1, 1, 1, 2), i32(1, -1, 1, 1)), i32(-1, 0, -1, 0));
  EXPECT_EQ(call("i32x4.le_u", i32(-1, 1, 1, 2), i32(1, -1, 1, 1)), i32(0, -1, -1, 0));
  EXPECT_EQ(call("i32x4.ge_s", i32(-1, 1, 1, 2), i32(1, -1, 1, 1)), i32(0, -1, -1, -1));
  EXPECT_EQ(call("i32x4.ge_u", i32(-1, 1, 1, 2), i32(1, -1, 1, 1)), i32(-1, 0, -1, -1));
  EXPECT_EQ(call("i64x2.lt_s", i64(INT64_MIN, 1), i64(1, INT64_MIN)), i64(-1, 0));
  EXPECT_EQ(call("i64x2.ge_s", i64(INT64_MIN, 1), i64(1, 1)), i64(0, -1));
  EXPECT_EQ(call("i64x2.eq", i64(1, 1), i64(1, UINT64_C(1) << 32 | 1)), i64(-1, 0));
  EXPECT_EQ(call("i8x16.min_s", i8(-1, 1), i8(1, -1)), i8(-1, -1));
  EXPECT_EQ(call("i8x16.min_u", i8(-1, 1), i8(1, -1)), i8(1, 1));
  EXPECT_EQ(call("i16x8.max_s", i16(-1, 1), i16(1, -1)), i16(1, 1));
  EXPECT_EQ(call("i16x8.max_u", i16(-1, 1), i16(1, -1)), i16(-1, -1));
  EXPECT_EQ(call("i32x4.min_s", i32(INT32_MIN, 3), i32(0, 2)), i32(INT32_MIN, 2));
  EXPECT_EQ(call("i32x4.max_u", i32(INT32_MIN, 3), i32(0, 2)), i32(INT32_MIN, 3));
}

TEST(SimdInteger, Shifts) {
  EXPECT_EQ(shift("i8x16.shl", i8(0x81, 1), 1), i8(0x02, 2));
  EXPECT_EQ(shift("i8x16.shl", i8(0x81, 1), 9), i8(0x02, 2));
  EXPECT_EQ(shift("i8x16.shr_s", i8(0x81, 0x7f), 4), i8(0xf8, 7));
  EXPECT_EQ(shift("i8x16.shr_u", i8(0x81, 0x7f), 4), i8(8, 7));
  EXPECT_EQ(shift("i16x8.shl", i16(0x8001), 15), i16(0x8000));
  EXPECT_EQ(shift("i16x8.shr_s", i16(0x8001), 31), i16(0xffff));
  EXPECT_EQ(shift("i16x8.shr_u", i16(0x8001), 15), i16(1));
  EXPECT_EQ(shift("i32x4.shl", i32(1, 3), 31), i32(0x80000000, 0x80000000));
  EXPECT_EQ(shift("i32x4.shr_s", i32(INT32_MIN, 4), 0xffffffff), i32(-1, 0));
  EXPECT_EQ(shift("i32x4.shr_u", i32(INT32_MIN, 4), 32), i32(INT32_MIN, 4));
  EXPECT_EQ(shift("i64x2.shl", i64(1, 3), 63), i64(INT64_MIN, INT64_MIN));
  EXPECT_EQ(shift("i64x2.shr_s", i64(INT64_MIN, 4), 63), i64(-1, 0));
  EXPECT_EQ(shift("i64x2.shr_u", i64(INT64_MIN, 4), 66), i64(UINT64_C(1) << 61, 1));
}

TEST(SimdInteger, Popcnt) {
  EXPECT_EQ(call("i8x16.popcnt",
                 i8(0, 1, 2, 3, 0x0f, 0xf0, 0x55, 0xaa, 0x80, 0x7f, 0xff, 0x11, 0x81, 0xfe, 0x38, 4)),
            i8(0, 1, 1, 2, 4, 4, 4, 4, 1, 7, 8, 2, 2, 7, 3, 1));
}

TEST(SimdWidth, NarrowAndExtend) {
  const Vector a = i16(-1, 127, 128, -129, 255, 256, 32767, -32768);
  const Vector b = i16(0, 1, 2, 3, 4, 5, 6, 7);
  const Vector bytes = i8(0, 1, 0x7f, 0x80, 0xff, 5, 6, 7, 8, 9, 10, 11, 12, 0x80, 0xfe, 0xff);

  EXPECT_EQ(call("i8x16.narrow_i16x8_s", a, b),
            i8(-1, 127, 127, -128, 127, 127, 127, -128, 0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(call("i8x16.narrow_i16x8_u", a, b), i8(0, 127, 128, 0, 255, 255, 255, 0, 0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(call("i16x8.narrow_i32x4_s", i32(-1, 40000, -40000, 65536), i32(1, 2, 3, 4)),
            i16(-1, 32767, -32768, 32767, 1, 2, 3, 4));
  EXPECT_EQ(call("i16x8.narrow_i32x4_u", i32(-1, 40000, INT32_MIN, 65536), i32(1, 2, 3, 4)),
            i16(0, 40000, 0, 65535, 1, 2, 3, 4));
  EXPECT_EQ(call("i16x8.extend_low_i8x16_s", bytes), i16(0, 1, 127, -128, -1, 5, 6, 7));
  EXPECT_EQ(call("i16x8.extend_low_i8x16_u", bytes), i16(0, 1, 127, 128, 255, 5, 6, 7));
  EXPECT_EQ(call("i16x8.extend_high_i8x16_s", bytes), i16(8, 9, 10, 11, 12, -128, -2, -1));
  EXPECT_EQ(call("i16x8.extend_high_i8x16_u", bytes), i16(8, 9, 10, 11, 12, 128, 254, 255));
  EXPECT_EQ(call("i32x4.extend_high_i16x8_s", a), i32(255, 256, 32767, -32768));
  EXPECT_EQ(call("i32x4.extend_low_i16x8_u", a), i32(65535, 127, 128, 65407));
  EXPECT_EQ(call("i64x2.extend_low_i32x4_s", i32(-1, 2, 3, -4)), i64(-1, 2));
  EXPECT_EQ(call("i64x2.extend_high_i32x4_u", i32(-1, 2, 3, -4)), i64(3, 0xfffffffc));
}

TEST(SimdWidth, WideArithmetic) {
  EXPECT_EQ(call("i16x8.extmul_low_i8x16_s", all<uint8_t>(0x80), all<uint8_t>(0x80)), all<uint16_t>(0x4000));
  EXPECT_EQ(call("i16x8.extmul_high_i8x16_u", all<uint8_t>(0xff), all<uint8_t>(0xff)), all<uint16_t>(0xfe01));
  EXPECT_EQ(
      call("i32x4.extmul_high_i16x8_s", i16(9, 9, 9, 9, 2, -3, 4, -32768), i16(9, 9, 9, 9, 5, 6, -7, -32768)),
      i32(10, -18, -28, 0x40000000));
  EXPECT_EQ(call("i32x4.extmul_low_i16x8_u", i16(65535, 2, 3, 4, 9), i16(65535, 65535, 0, 1, 9)),
            i32(0xfffe0001, 131070, 0, 4));
  EXPECT_EQ(call("i64x2.extmul_low_i32x4_s", i32(-1, INT32_MIN, 9, 9), i32(5, INT32_MIN, 9, 9)),
            i64(-5, UINT64_C(1) << 62));
  EXPECT_EQ(call("i64x2.extmul_high_i32x4_u", i32(9, 9, -1, 2), i32(9, 9, -1, -1)),
            i64(0xfffffffe00000001, 0x1fffffffe));
  EXPECT_EQ(call("i16x8.extadd_pairwise_i8x16_s", all<uint8_t>(0x80)), all<int16_t>(-256));
  EXPECT_EQ(call("i16x8.extadd_pairwise_i8x16_u", i8(1, 2, 255, 255)), i16(3, 510));
  EXPECT_EQ(call("i32x4.extadd_pairwise_i16x8_s", i16(-32768, -32768, 1, -3)), i32(-65536, -2));
  EXPECT_EQ(call("i32x4.extadd_pairwise_i16x8_u", i16(65535, 65535, 1, 2)), i32(131070, 3));
  EXPECT_EQ(call("i32x4.dot_i16x8_s", i16(-32768, -32768, 1, 2, 3, -4, 0, 1),
                 i16(-32768, -32768, 3, 4, 5, 6, 7, 8)),
            i32(0x80000000, 11, -9, 8));
}

TEST(SimdFloat, Arithmetic) {
  const Vector nans = all<uint32_t>(0x7fc00000);

  EXPECT_EQ(call("f32x4.add", f32(1, 2.5f, -1, kInfF), f32(2, 0.5f, 1, 1)), f32(3, 3, 0, kInfF));
  EXPECT_EQ(call("f32x4.sub", f32(1, 2), f32(2, 0.5f)), f32(-1, 1.5f));
  EXPECT_EQ(call("f32x4.mul", f32(3, -2, 1e30f, 0), f32(2, 4, 1e30f, 1)), f32(6, -8, kInfF, 0));
  EXPECT_EQ(call("f32x4.div", f32(1, -1, 6, 1), f32(0, 0, 3, 2)), f32(kInfF, -kInfF, 2, 0.5f));
  EXPECT_EQ(call("f64x2.add", f64(0.5, kInf), f64(0.25, 1)), f64(0.75, kInf));
  EXPECT_EQ(call("f64x2.sub", f64(0.5, 1), f64(0.25, 1)), f64(0.25, 0));
  EXPECT_EQ(call("f64x2.mul", f64(0.5, -3), f64(0.25, 3)), f64(0.125, -9));
  EXPECT_EQ(call("f64x2.div", f64(1, -9), f64(4, 3)), f64(0.25, -3));
  EXPECT_EQ(call("f32x4.sqrt", f32(4, 2.25f, 0, -0.0f)), f32(2, 1.5f, 0, -0.0f));
  EXPECT_EQ(call("f64x2.sqrt", f64(1e4, 0.25)), f64(100, 0.5));
  /* Whatever NaN goes in, the canonical one comes out. */
  EXPECT_EQ(call("f32x4.add", i32(0xffc00000, 0x7f800001, 0xff812345, 0x7fffffff), f32(1, 1, 1, 1)), nans);
  EXPECT_EQ(call("f32x4.sub", f32(kInfF, -kInfF, kNanF, 1), f32(kInfF, -kInfF, 1, -kNanF)), nans);
  EXPECT_EQ(call("f32x4.sqrt", f32(-1, -kInfF, kNanF, -kNanF)), nans);
  EXPECT_EQ(call("f64x2.div", f64(0, kInf), f64(0, kInf)), all<uint64_t>(0x7ff8000000000000));
  EXPECT_EQ(call("f64x2.ceil", i64(0xfff0000000000001, 0x7ff8000000000001)),
            all<uint64_t>(0x7ff8000000000000));
  /* The sign is a bit. */
  EXPECT_EQ(call("f32x4.neg", i32(0x7f812345, 0, 0x80000000, 0x3f800000)),
            i32(0xff812345, 0x80000000, 0, 0xbf800000));
  EXPECT_EQ(call("f32x4.abs", i32(0xff812345, 0, 0x80000000, 0xbf800000)), i32(0x7f812345, 0, 0, 0x3f800000));
  EXPECT_EQ(call("f64x2.neg", i64(0x7ff0000000000001, 0)), i64(0xfff0000000000001, 0x8000000000000000));
  EXPECT_EQ(call("f64x2.abs", i64(0xfff0000000000001, INT64_MIN)), i64(0x7ff0000000000001, 0));
}

TEST(SimdFloat, MinMax) {
  EXPECT_EQ(call("f32x4.min", f32(1, 0.0f, -0.0f, kNanF), f32(2, -0.0f, 0.0f, 1)),
            f32(1, -0.0f, -0.0f, kNanF));
  EXPECT_EQ(call("f32x4.max", f32(1, 0.0f, -0.0f, 1), f32(2, -0.0f, 0.0f, -kNanF)),
            f32(2, 0.0f, 0.0f, kNanF));
  EXPECT_EQ(call("f64x2.min", f64(-kInf, kNan), f64(0, 1)), f64(-kInf, kNan));
  EXPECT_EQ(call("f64x2.max", f64(-kInf, -0.0), f64(0, 0)), f64(0, 0));
  /* pmin is b < a ? b : a, pmax is a < b ? b : a: otherwise a, whatever it is. */
  EXPECT_EQ(call("f32x4.pmin", i32(0x7f800001, 0x3f800000, 0, 0x40000000),
                 i32(0x3f800000, 0xffc12345, 0x80000000, 0x3f800000)),
            i32(0x7f800001, 0x3f800000, 0, 0x3f800000));
  EXPECT_EQ(call("f32x4.pmax", i32(0x7f800001, 0x3f800000, 0x80000000, 0x3f800000),
                 i32(0x3f800000, 0xffc12345, 0, 0x40000000)),
            i32(0x7f800001, 0x3f800000, 0x80000000, 0x40000000));
  EXPECT_EQ(call("f64x2.pmin", f64(1, 0.0), f64(-1, -0.0)), f64(-1, 0.0));
  EXPECT_EQ(call("f64x2.pmax", f64(1, -0.0), f64(-1, 0.0)), f64(1, -0.0));
}

TEST(SimdFloat, Compare) {
  const Vector a = f32(1, 0.0f, kNanF, 3), b = f32(2, -0.0f, kNanF, 1);

  EXPECT_EQ(call("f32x4.eq", a, b), i32(0, -1, 0, 0));
  EXPECT_EQ(call("f32x4.ne", a, b), i32(-1, 0, -1, -1));
  EXPECT_EQ(call("f32x4.lt", a, b), i32(-1, 0, 0, 0));
  EXPECT_EQ(call("f32x4.gt", a, b), i32(0, 0, 0, -1));
  EXPECT_EQ(call("f32x4.le", a, b), i32(-1, -1, 0, 0));
  EXPECT_EQ(call("f32x4.ge", a, b), i32(0, -1, 0, -1));
  EXPECT_EQ(call("f64x2.eq", f64(1, kNan), f64(1, kNan)), i64(-1, 0));
  EXPECT_EQ(call("f64x2.ne", f64(1, kNan), f64(1, kNan)), i64(0, -1));
  EXPECT_EQ(call("f64x2.lt", f64(-kInf, 1), f64(kInf, 1)), i64(-1, 0));
  EXPECT_EQ(call("f64x2.le", f64(-kInf, 1), f64(kInf, 1)), i64(-1, -1));
  EXPECT_EQ(call("f64x2.gt", f64(-kInf, 2), f64(kInf, 1)), i64(0, -1));
  EXPECT_EQ(call("f64x2.ge", f64(-kInf, 1), f64(kInf, 1)), i64(0, -1));
}

TEST(SimdFloat, Rounding) {
  const Vector v = f32(1.5f, -1.5f, 2.5f, -0.4f);

  EXPECT_EQ(call("f32x4.ceil", v), f32(2, -1, 3, -0.0f));
  EXPECT_EQ(call("f32x4.floor", v), f32(1, -2, 2, -1));
  EXPECT_EQ(call("f32x4.trunc", v), f32(1, -1, 2, -0.0f));
  EXPECT_EQ(call("f32x4.nearest", v), f32(2, -2, 2, -0.0f));
  EXPECT_EQ(call("f64x2.ceil", f64(0.1, -0.1)), f64(1, -0.0));
  EXPECT_EQ(call("f64x2.floor", f64(0.1, -0.1)), f64(0, -1));
  EXPECT_EQ(call("f64x2.trunc", f64(-7.9, 1e300)), f64(-7, 1e300));
  EXPECT_EQ(call("f64x2.nearest", f64(4503599627370495.5, -3.5)), f64(4503599627370496.0, -4));
}

TEST(SimdFloat, Conversions) {
  EXPECT_EQ(call("i32x4.trunc_sat_f32x4_s", f32(-1.9f, 3e9f, -3e9f, kNanF)),
            i32(-1, INT32_MAX, INT32_MIN, 0));
  EXPECT_EQ(call("i32x4.trunc_sat_f32x4_u", f32(-1.9f, 3e9f, 5e9f, kNanF)),
            i32(0, 3000000000u, UINT32_MAX, 0));
  EXPECT_EQ(call("i32x4.trunc_sat_f64x2_s_zero", f64(-2147483648.9, kInf)), i32(INT32_MIN, INT32_MAX, 0, 0));
  EXPECT_EQ(call("i32x4.trunc_sat_f64x2_u_zero", f64(4294967295.9, -kInf)), i32(UINT32_MAX, 0, 0, 0));
  EXPECT_EQ(call("f32x4.convert_i32x4_s", i32(-1, 16777217, 16777219, INT32_MIN)),
            f32(-1, 16777216.0f, 16777220.0f, -2147483648.0f));
  EXPECT_EQ(call("f32x4.convert_i32x4_u", i32(-1, 1, 0, INT32_MIN)), f32(4294967296.0f, 1, 0, 2147483648.0f));
  EXPECT_EQ(call("f64x2.convert_low_i32x4_s", i32(-1, 7, 8, 9)), f64(-1, 7));
  EXPECT_EQ(call("f64x2.convert_low_i32x4_u", i32(-1, 7, 8, 9)), f64(4294967295.0, 7));
  EXPECT_EQ(call("f32x4.demote_f64x2_zero", f64(0.1, 1e300)), f32(0.1f, kInfF, 0, 0));
  EXPECT_EQ(call("f32x4.demote_f64x2_zero", i64(0xfff0000000000001, 1)), i32(0x7fc00000, 0, 0, 0));
  EXPECT_EQ(call("f64x2.promote_low_f32x4", f32(0.5f, -kInfF, 3, 4)), f64(0.5, -kInf));
  EXPECT_EQ(call("f64x2.promote_low_f32x4", i32(0xff800001, 1)), i64(0x7ff8000000000000, 0x36a0000000000000));
}

}  // namespace
