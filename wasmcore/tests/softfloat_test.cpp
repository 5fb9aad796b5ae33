/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The integer implementation of floating point (wc_sf_*) and the functions the engine calls (wc_*) against
 * the hardware, bit for bit. WebAssembly Core 2.0, 4.3.3 and 4.3.4: a NaN that may be chosen is the canonical
 * one.
 */
#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <vector>

#include "wc_float.h"

namespace {

template <typename Real>
using BitsOf = std::conditional_t<sizeof(Real) == 4, uint32_t, uint64_t>;

template <typename Real>
struct Format;

template <>
struct Format<float> {
  static constexpr int kMantissa = 23;
  static constexpr int kBias = 127;
  static constexpr uint32_t kNan = WC_F32_NAN, kInf = WC_F32_INF, kSign = WC_F32_SIGN;
};

template <>
struct Format<double> {
  static constexpr int kMantissa = 52;
  static constexpr int kBias = 1023;
  static constexpr uint64_t kNan = WC_F64_NAN, kInf = WC_F64_INF, kSign = WC_F64_SIGN;
};

template <typename Real>
Real real(BitsOf<Real> bits) {
  return std::bit_cast<Real>(bits);
}

/* The bits of a result, with the canonical NaN. */
template <typename Real>
BitsOf<Real> result(Real value) {
  return std::isnan(value) ? Format<Real>::kNan : std::bit_cast<BitsOf<Real>>(value);
}

template <typename Real>
Real min_of(Real a, Real b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<Real>::quiet_NaN();
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

/* What the hardware and the C library say to a conversion to an integer. */
template <typename Int, typename Real>
wasmcore_trap convert(Real value, Int* out) {
  const Real low = static_cast<Real>(std::numeric_limits<Int>::min());
  const Real end = std::ldexp(Real(1), std::numeric_limits<Int>::digits);
  const Real whole = std::trunc(value);

  *out = 0;
  if (std::isnan(value)) return WASMCORE_TRAP_CONVERSION;
  if (whole >= low && whole < end) {
    *out = static_cast<Int>(whole);
    return WASMCORE_TRAP_NONE;
  }
  *out = value < 0 ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max();
  return WASMCORE_TRAP_OVERFLOW;
}

/* gtest's macros are too slow for millions of comparisons: this counts and reports the first failures. */
class Checker {
 public:
  template <typename T>
  void same(const char* what, uint64_t a, uint64_t b, T got, T want) {
    if (got == want) [[likely]]
      return;
    if (++failures_ <= 20)
      ADD_FAILURE() << what << std::hex << "(0x" << a << ", 0x" << b << ") = 0x" << +got << ", not 0x"
                    << +want;
  }
  ~Checker() { EXPECT_EQ(failures_, 0u); }

 private:
  uint64_t failures_ = 0;
};

/* The soft function and the one the engine calls, of one operand and of two. */
#define BOTH(name, want, a)                                      \
  do {                                                           \
    const auto expected = want;                                  \
    check.same("wc_sf_" #name, a, 0, wc_sf_##name(a), expected); \
    check.same("wc_" #name, a, 0, wc_##name(a), expected);       \
  } while (0)

#define BOTH_2(name, want)                                          \
  do {                                                              \
    const auto expected = want;                                     \
    check.same("wc_sf_" #name, a, b, wc_sf_##name(a, b), expected); \
    check.same("wc_" #name, a, b, wc_##name(a, b), expected);       \
  } while (0)

#define BOTH_TRUNC(name, sat, Int, Bits, value, a)                             \
  do {                                                                         \
    Int want;                                                                  \
    Bits soft = 0, hard = 0;                                                   \
    const wasmcore_trap trap = convert<Int>(value, &want);                     \
    check.same("wc_sf_" #name, a, 0, wc_sf_##name(a, &soft), trap);            \
    check.same("wc_" #name, a, 0, wc_##name(a, &hard), trap);                  \
    const Bits out = trap == WASMCORE_TRAP_NONE ? static_cast<Bits>(want) : 0; \
    check.same("wc_sf_" #name " out", a, 0, soft, out);                        \
    check.same("wc_" #name " out", a, 0, hard, out);                           \
    BOTH(sat, static_cast<Bits>(want), a);                                     \
  } while (0)

void check_pair(Checker& check, uint32_t a, uint32_t b) {
  const float x = real<float>(a), y = real<float>(b);

  BOTH_2(f32_add, result(x + y));
  BOTH_2(f32_sub, result(x - y));
  BOTH_2(f32_mul, result(x * y));
  BOTH_2(f32_div, result(x / y));
  BOTH_2(f32_min, result(min_of(x, y)));
  BOTH_2(f32_max, result(-min_of(-x, -y)));
  BOTH_2(f32_eq, uint32_t(x == y));
  BOTH_2(f32_ne, uint32_t(x != y));
  BOTH_2(f32_lt, uint32_t(x < y));
  BOTH_2(f32_gt, uint32_t(x > y));
  BOTH_2(f32_le, uint32_t(x <= y));
  BOTH_2(f32_ge, uint32_t(x >= y));
  check.same("wc_f32_copysign", a, b, wc_f32_copysign(a, b), std::bit_cast<uint32_t>(std::copysign(x, y)));
}

void check_pair(Checker& check, uint64_t a, uint64_t b) {
  const double x = real<double>(a), y = real<double>(b);

  BOTH_2(f64_add, result(x + y));
  BOTH_2(f64_sub, result(x - y));
  BOTH_2(f64_mul, result(x * y));
  BOTH_2(f64_div, result(x / y));
  BOTH_2(f64_min, result(min_of(x, y)));
  BOTH_2(f64_max, result(-min_of(-x, -y)));
  BOTH_2(f64_eq, uint32_t(x == y));
  BOTH_2(f64_ne, uint32_t(x != y));
  BOTH_2(f64_lt, uint32_t(x < y));
  BOTH_2(f64_gt, uint32_t(x > y));
  BOTH_2(f64_le, uint32_t(x <= y));
  BOTH_2(f64_ge, uint32_t(x >= y));
  check.same("wc_f64_copysign", a, b, wc_f64_copysign(a, b), std::bit_cast<uint64_t>(std::copysign(x, y)));
}

void check_one(Checker& check, uint32_t a) {
  const float x = real<float>(a);

  BOTH(f32_sqrt, result(std::sqrt(x)), a);
  BOTH(f32_ceil, result(std::ceil(x)), a);
  BOTH(f32_floor, result(std::floor(x)), a);
  BOTH(f32_trunc, result(std::trunc(x)), a);
  BOTH(f32_nearest, result(std::nearbyint(x)), a);
  BOTH(f32_is_nan, std::isnan(x), a);
  BOTH(f64_promote_f32, result(static_cast<double>(x)), a);
  check.same("wc_f32_abs", a, 0, wc_f32_abs(a), a & 0x7fffffff);
  check.same("wc_f32_neg", a, 0, wc_f32_neg(a), a ^ 0x80000000);
  BOTH_TRUNC(i32_trunc_f32_s, i32_trunc_sat_f32_s, int32_t, uint32_t, x, a);
  BOTH_TRUNC(i32_trunc_f32_u, i32_trunc_sat_f32_u, uint32_t, uint32_t, x, a);
  BOTH_TRUNC(i64_trunc_f32_s, i64_trunc_sat_f32_s, int64_t, uint64_t, x, a);
  BOTH_TRUNC(i64_trunc_f32_u, i64_trunc_sat_f32_u, uint64_t, uint64_t, x, a);
}

void check_one(Checker& check, uint64_t a) {
  const double x = real<double>(a);

  BOTH(f64_sqrt, result(std::sqrt(x)), a);
  BOTH(f64_ceil, result(std::ceil(x)), a);
  BOTH(f64_floor, result(std::floor(x)), a);
  BOTH(f64_trunc, result(std::trunc(x)), a);
  BOTH(f64_nearest, result(std::nearbyint(x)), a);
  BOTH(f64_is_nan, std::isnan(x), a);
  BOTH(f32_demote_f64, result(static_cast<float>(x)), a);
  check.same("wc_f64_abs", a, 0, wc_f64_abs(a), a & 0x7fffffffffffffff);
  check.same("wc_f64_neg", a, 0, wc_f64_neg(a), a ^ 0x8000000000000000);
  BOTH_TRUNC(i32_trunc_f64_s, i32_trunc_sat_f64_s, int32_t, uint32_t, x, a);
  BOTH_TRUNC(i32_trunc_f64_u, i32_trunc_sat_f64_u, uint32_t, uint32_t, x, a);
  BOTH_TRUNC(i64_trunc_f64_s, i64_trunc_sat_f64_s, int64_t, uint64_t, x, a);
  BOTH_TRUNC(i64_trunc_f64_u, i64_trunc_sat_f64_u, uint64_t, uint64_t, x, a);
}

void check_integer(Checker& check, uint64_t a) {
  const uint32_t low = static_cast<uint32_t>(a);

  BOTH(f32_convert_i32_s, result(static_cast<float>(static_cast<int32_t>(low))), low);
  BOTH(f32_convert_i32_u, result(static_cast<float>(low)), low);
  BOTH(f32_convert_i64_s, result(static_cast<float>(static_cast<int64_t>(a))), a);
  BOTH(f32_convert_i64_u, result(static_cast<float>(a)), a);
  BOTH(f64_convert_i32_s, result(static_cast<double>(static_cast<int32_t>(low))), low);
  BOTH(f64_convert_i32_u, result(static_cast<double>(low)), low);
  BOTH(f64_convert_i64_s, result(static_cast<double>(static_cast<int64_t>(a))), a);
  BOTH(f64_convert_i64_u, result(static_cast<double>(a)), a);
}

/* Both signs of everything that is near a boundary of the format, of the integers or of rounding. */
template <typename Real>
std::vector<BitsOf<Real>> special_values() {
  using Bits = BitsOf<Real>;
  using F = Format<Real>;
  constexpr Bits one = 1;
  std::vector<Bits> values;
  const auto add = [&](Bits bits) {
    values.push_back(bits & ~F::kSign);
    values.push_back(bits | F::kSign);
  };
  const auto around = [&](Bits bits) {
    for (Bits delta = 0; delta < 3; delta++) add(bits + delta), add(bits - delta);
  };

  add(0);
  around(3); /* smallest subnormals */
  around(one << (F::kMantissa - 1));
  around(one << F::kMantissa); /* smallest normal number */
  around(F::kInf);             /* largest numbers, infinity, signalling NaNs */
  around(F::kNan);             /* canonical and other quiet NaNs */
  add(F::kInf | (F::kNan - 1));
  add(~Bits{0});
  for (int exponent : {-F::kBias - F::kMantissa / 2,
                       1 - F::kBias + F::kMantissa,
                       -F::kBias / 2,
                       -F::kMantissa - 2,
                       -F::kMantissa - 1,
                       -F::kMantissa,
                       -2,
                       -1,
                       0,
                       1,
                       2,
                       F::kMantissa - 1,
                       F::kMantissa,
                       F::kMantissa + 1,
                       F::kMantissa + 2,
                       30,
                       31,
                       32,
                       33,
                       62,
                       63,
                       64,
                       F::kBias / 2,
                       F::kBias - 1,
                       F::kBias})
    around(std::bit_cast<Bits>(std::ldexp(Real(1), exponent)));
  for (double value : {0.5,
                       1.5,
                       2.5,
                       3.5,
                       4.5,
                       0.1,
                       3.0,
                       7.0,
                       10.0,
                       1e5,
                       2147483647.0,
                       2147483647.5,
                       2147483648.5,
                       2147483649.0,
                       4294967295.0,
                       4294967295.5,
                       4294967296.5,
                       8388607.5,
                       8388608.5,
                       16777217.0,
                       4503599627370495.5,
                       4503599627370496.0,
                       4503599627370497.0,
                       9007199254740993.0})
    around(std::bit_cast<Bits>(static_cast<Real>(value)));
  return values;
}

class Random {
 public:
  uint64_t next() {
    uint64_t v = (state_ += 0x9e3779b97f4a7c15);

    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
    v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
    return v ^ (v >> 31);
  }

  /* Significands with long runs of zeros or ones, whose results are often exact or halfway. */
  uint64_t sparse() {
    uint64_t v = next();

    switch (next() & 7) {
      case 0:
        return v << (next() & 63);
      case 1:
        return ~(v << (next() & 63));
      case 2:
        return (v & 0xf) << (next() & 63);
      case 3:
        return UINT64_C(1) << (next() & 63) | UINT64_C(1) << (next() & 63);
      default:
        return v;
    }
  }

  /* Exponents that are close to another one, to the middle, or to the ends. */
  template <typename Real>
  BitsOf<Real> value(BitsOf<Real> other) {
    using Bits = BitsOf<Real>;
    using F = Format<Real>;
    const int last = 2 * F::kBias + 1;
    const int spread = static_cast<int>(next() % (2 * F::kMantissa + 8)) - F::kMantissa - 4;
    int exponent = static_cast<int>((other & ~F::kSign) >> F::kMantissa);

    switch (next() % 6) {
      case 0:
        return static_cast<Bits>(next());
      case 1:
        exponent = F::kBias + spread;
        break;
      case 2:
        exponent = static_cast<int>(next() % 4);
        break;
      case 3: /* the product of both, or their quotient, is about to become subnormal or infinite */
        exponent = next() & 1 ? F::kBias - exponent + spread : last + F::kBias - exponent + spread;
        break;
      case 4:
        exponent += spread;
        break;
      default:
        exponent += static_cast<int>(next() % 5) - 2;
        break;
    }
    exponent = exponent < 0 ? 0 : exponent > last ? last : exponent;
    const Bits fraction = static_cast<Bits>(sparse()) & ((Bits{1} << F::kMantissa) - 1);
    return (static_cast<Bits>(exponent) << F::kMantissa) | fraction | (next() & 1 ? F::kSign : 0);
  }

 private:
  uint64_t state_ = 20240229;
};

template <typename Real>
class SoftFloat : public testing::Test {};

using Formats = testing::Types<float, double>;
TYPED_TEST_SUITE(SoftFloat, Formats);

TYPED_TEST(SoftFloat, SpecialValuesCrossed) {
  const auto values = special_values<TypeParam>();
  Checker check;

  for (auto a : values) {
    check_one(check, a);
    for (auto b : values) check_pair(check, a, b);
  }
}

TYPED_TEST(SoftFloat, RandomValues) {
  BitsOf<TypeParam> previous = 0;
  Random random;
  Checker check;

  for (int i = 0; i < 2000000; i++) {
    const auto a = random.value<TypeParam>(previous);
    const auto b = random.value<TypeParam>(a);
    check_one(check, a);
    check_pair(check, a, b);
    previous = b;
  }
}

/* Doubles around the floats and around the middle between two of them, subnormal ones included. */
TEST(SoftFloatConversions, Demote) {
  const auto floats = special_values<float>();
  Random random;
  Checker check;

  for (int i = 0; i < 300000; i++) {
    const uint32_t bits =
        i < static_cast<int>(floats.size()) ? floats[static_cast<size_t>(i)] : random.value<float>(0);
    const uint64_t wide = std::bit_cast<uint64_t>(static_cast<double>(real<float>(bits)));
    for (int64_t delta : {-2, -1, 0, 1, 2})
      for (uint64_t half : {0u, 1u << 28, 3u << 28}) {
        const uint64_t a = wide + half + static_cast<uint64_t>(delta);
        BOTH(f32_demote_f64, result(static_cast<float>(real<double>(a))), a);
      }
  }
}

TEST(SoftFloatConversions, FromIntegers) {
  Random random;
  Checker check;

  for (int shift = 0; shift < 64; shift++)
    for (int lower = 0; lower <= shift; lower++)
      for (int64_t delta = -2; delta <= 2; delta++) {
        const uint64_t a = (UINT64_C(1) << shift) + (UINT64_C(1) << lower) + static_cast<uint64_t>(delta);
        check_integer(check, a);
        check_integer(check, ~a);
      }
  for (int i = 0; i < 1000000; i++) check_integer(check, random.sparse() >> (random.next() & 63));
}

/* Independent of the hardware: results known by heart. */
TEST(SoftFloatConversions, KnownResults) {
  EXPECT_EQ(wc_sf_f64_add(0x3fb999999999999a, 0x3fc999999999999a), 0x3fd3333333333334u); /* 0.1 + 0.2 */
  EXPECT_EQ(wc_sf_f64_sqrt(0x4000000000000000), 0x3ff6a09e667f3bcdu);
  EXPECT_EQ(wc_sf_f32_div(0x3f800000, 0x40400000), 0x3eaaaaabu); /* 1 / 3 */
  EXPECT_EQ(wc_sf_f32_mul(0x00000001, 0x3f000000), 0u);          /* half of the smallest: ties to even */
  EXPECT_EQ(wc_sf_f32_mul(0x00000003, 0x3f000000), 2u);
  EXPECT_EQ(wc_sf_f64_sub(WC_F64_INF, WC_F64_INF), WC_F64_NAN);
  EXPECT_EQ(wc_sf_f64_sqrt(0xbff0000000000000), WC_F64_NAN);
  EXPECT_EQ(wc_sf_f64_sqrt(WC_F64_SIGN), WC_F64_SIGN);
  EXPECT_EQ(wc_f64_add(0xfff0000000000001, 0), WC_F64_NAN);
  EXPECT_EQ(wc_f32_ceil(0xffc12345), WC_F32_NAN);
  EXPECT_EQ(wc_f32_neg(0x7fc12345), 0xffc12345u);
  EXPECT_EQ(wc_f32_copysign(0x7f812345, 0x80000000), 0xff812345u);
  EXPECT_EQ(wc_f64_nearest(0x3fe0000000000000), 0u);                  /* 0.5 */
  EXPECT_EQ(wc_f64_nearest(0x3ff8000000000000), 0x4000000000000000u); /* 1.5 */
  EXPECT_EQ(wc_f64_nearest(0xbfe0000000000000), WC_F64_SIGN);         /* -0.5 */
  EXPECT_EQ(wc_f64_ceil(0xbfe0000000000000), WC_F64_SIGN);
  EXPECT_EQ(wc_i32_trunc_sat_f64_s(0xc1e00000001fffff), 0x80000000u); /* above -2147483649 */
}

}  // namespace
