// Instructions on numbers of the reference interpreter.
#include "reference.hpp"

#include <bit>
#include <limits>

#include "reference_parts.hpp"
#include "wc_float.h"

namespace wasmcore::fuzz {
namespace {

template <typename U, typename S>
uint32_t compare(int op, U a, U b) {
  switch (op) {
    case 0:
      return a == b;
    case 1:
      return a != b;
    case 2:
      return static_cast<S>(a) < static_cast<S>(b);
    case 3:
      return a < b;
    case 4:
      return static_cast<S>(a) > static_cast<S>(b);
    case 5:
      return a > b;
    case 6:
      return static_cast<S>(a) <= static_cast<S>(b);
    case 7:
      return a <= b;
    case 8:
      return static_cast<S>(a) >= static_cast<S>(b);
    default:
      return a >= b;
  }
}

// clz to popcnt are 0 to 2, add is 3 and so on, in the order of the opcodes.
template <typename U, typename S>
wasmcore_trap integer(int op, U a, U b, U* out) {
  constexpr U kBits = sizeof(U) * 8;
  constexpr S kSmallest = std::numeric_limits<S>::min();
  if (op >= 6 && op <= 9 && b == 0) return WASMCORE_TRAP_DIVIDE_BY_ZERO;
  bool extreme = static_cast<S>(a) == kSmallest && static_cast<S>(b) == -1;
  switch (op) {
    case 0:
      *out = static_cast<U>(std::countl_zero(b));
      break;
    case 1:
      *out = static_cast<U>(std::countr_zero(b));
      break;
    case 2:
      *out = static_cast<U>(std::popcount(b));
      break;
    case 3:
      *out = a + b;
      break;
    case 4:
      *out = a - b;
      break;
    case 5:
      *out = a * b;
      break;
    case 6:
      if (extreme) return WASMCORE_TRAP_OVERFLOW;
      *out = static_cast<U>(static_cast<S>(a) / static_cast<S>(b));
      break;
    case 7:
      *out = a / b;
      break;
    case 8:
      *out = extreme ? 0 : static_cast<U>(static_cast<S>(a) % static_cast<S>(b));
      break;
    case 9:
      *out = a % b;
      break;
    case 10:
      *out = a & b;
      break;
    case 11:
      *out = a | b;
      break;
    case 12:
      *out = a ^ b;
      break;
    case 13:
      *out = a << b % kBits;
      break;
    case 14:
      *out = static_cast<U>(static_cast<S>(a) >> b % kBits);
      break;
    case 15:
      *out = a >> b % kBits;
      break;
    case 16:
      *out = std::rotl(a, static_cast<int>(b % kBits));
      break;
    default:
      *out = std::rotr(a, static_cast<int>(b % kBits));
      break;
  }
  return kNone;
}

uint32_t float_compare(uint8_t op, uint64_t a, uint64_t b) {
  auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  switch (op) {
    case 0x5b:
      return wc_f32_eq(x, y);
    case 0x5c:
      return wc_f32_ne(x, y);
    case 0x5d:
      return wc_f32_lt(x, y);
    case 0x5e:
      return wc_f32_gt(x, y);
    case 0x5f:
      return wc_f32_le(x, y);
    case 0x60:
      return wc_f32_ge(x, y);
    case 0x61:
      return wc_f64_eq(a, b);
    case 0x62:
      return wc_f64_ne(a, b);
    case 0x63:
      return wc_f64_lt(a, b);
    case 0x64:
      return wc_f64_gt(a, b);
    case 0x65:
      return wc_f64_le(a, b);
    default:
      return wc_f64_ge(a, b);
  }
}

uint64_t float_binary(uint8_t op, uint64_t a, uint64_t b) {
  auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  switch (op) {
    case 0x92:
      return wc_f32_add(x, y);
    case 0x93:
      return wc_f32_sub(x, y);
    case 0x94:
      return wc_f32_mul(x, y);
    case 0x95:
      return wc_f32_div(x, y);
    case 0x96:
      return wc_f32_min(x, y);
    case 0x97:
      return wc_f32_max(x, y);
    case 0x98:
      return wc_f32_copysign(x, y);
    case 0xa0:
      return wc_f64_add(a, b);
    case 0xa1:
      return wc_f64_sub(a, b);
    case 0xa2:
      return wc_f64_mul(a, b);
    case 0xa3:
      return wc_f64_div(a, b);
    case 0xa4:
      return wc_f64_min(a, b);
    case 0xa5:
      return wc_f64_max(a, b);
    default:
      return wc_f64_copysign(a, b);
  }
}

template <typename T, typename From>
wasmcore_trap truncate(wasmcore_trap (*convert)(From, T*), uint64_t a, uint64_t* out) {
  T v = 0;
  wasmcore_trap trap = convert(static_cast<From>(a), &v);
  *out = v;
  return trap;
}

wasmcore_trap unary(uint8_t op, uint64_t a, uint64_t* out) {
  auto x = static_cast<uint32_t>(a);
  switch (op) {
    case 0x8b:
      *out = wc_f32_abs(x);
      break;
    case 0x8c:
      *out = wc_f32_neg(x);
      break;
    case 0x8d:
      *out = wc_f32_ceil(x);
      break;
    case 0x8e:
      *out = wc_f32_floor(x);
      break;
    case 0x8f:
      *out = wc_f32_trunc(x);
      break;
    case 0x90:
      *out = wc_f32_nearest(x);
      break;
    case 0x91:
      *out = wc_f32_sqrt(x);
      break;
    case 0x99:
      *out = wc_f64_abs(a);
      break;
    case 0x9a:
      *out = wc_f64_neg(a);
      break;
    case 0x9b:
      *out = wc_f64_ceil(a);
      break;
    case 0x9c:
      *out = wc_f64_floor(a);
      break;
    case 0x9d:
      *out = wc_f64_trunc(a);
      break;
    case 0x9e:
      *out = wc_f64_nearest(a);
      break;
    case 0x9f:
      *out = wc_f64_sqrt(a);
      break;
    case 0xa7:
      *out = x;
      break;
    case 0xa8:
      return truncate(wc_i32_trunc_f32_s, a, out);
    case 0xa9:
      return truncate(wc_i32_trunc_f32_u, a, out);
    case 0xaa:
      return truncate(wc_i32_trunc_f64_s, a, out);
    case 0xab:
      return truncate(wc_i32_trunc_f64_u, a, out);
    case 0xac:
      *out = static_cast<uint64_t>(static_cast<int32_t>(x));
      break;
    case 0xad:
      *out = x;
      break;
    case 0xae:
      return truncate(wc_i64_trunc_f32_s, a, out);
    case 0xaf:
      return truncate(wc_i64_trunc_f32_u, a, out);
    case 0xb0:
      return truncate(wc_i64_trunc_f64_s, a, out);
    case 0xb1:
      return truncate(wc_i64_trunc_f64_u, a, out);
    case 0xb2:
      *out = wc_f32_convert_i32_s(x);
      break;
    case 0xb3:
      *out = wc_f32_convert_i32_u(x);
      break;
    case 0xb4:
      *out = wc_f32_convert_i64_s(a);
      break;
    case 0xb5:
      *out = wc_f32_convert_i64_u(a);
      break;
    case 0xb6:
      *out = wc_f32_demote_f64(a);
      break;
    case 0xb7:
      *out = wc_f64_convert_i32_s(x);
      break;
    case 0xb8:
      *out = wc_f64_convert_i32_u(x);
      break;
    case 0xb9:
      *out = wc_f64_convert_i64_s(a);
      break;
    case 0xba:
      *out = wc_f64_convert_i64_u(a);
      break;
    case 0xbb:
      *out = wc_f64_promote_f32(x);
      break;
    case 0xc0:
      *out = static_cast<uint32_t>(static_cast<int8_t>(x));
      break;
    case 0xc1:
      *out = static_cast<uint32_t>(static_cast<int16_t>(x));
      break;
    case 0xc2:
      *out = static_cast<uint64_t>(static_cast<int8_t>(a));
      break;
    case 0xc3:
      *out = static_cast<uint64_t>(static_cast<int16_t>(a));
      break;
    case 0xc4:
      *out = static_cast<uint64_t>(static_cast<int32_t>(x));
      break;
    default:
      *out = a;
      break;  // reinterpretations
  }
  return kNone;
}

}  // namespace

wasmcore_trap Reference::numeric(uint8_t op) {
  uint64_t b = pop().low, a = 0, out = 0;
  auto b32 = static_cast<uint32_t>(b);
  wasmcore_trap trap = kNone;
  bool two = (op >= 0x46 && op <= 0x4f) || (op >= 0x51 && op <= 0x66) || (op >= 0x6a && op <= 0x78) ||
             (op >= 0x7c && op <= 0x8a) || (op >= 0x92 && op <= 0x98) || (op >= 0xa0 && op <= 0xa6);
  if (two) a = pop().low;
  auto a32 = static_cast<uint32_t>(a);
  if (op == 0x45) {
    out = b32 == 0;
  } else if (op == 0x50) {
    out = b == 0;
  } else if (op <= 0x4f) {
    out = compare<uint32_t, int32_t>(op - 0x46, a32, b32);
  } else if (op <= 0x5a) {
    out = compare<uint64_t, int64_t>(op - 0x51, a, b);
  } else if (op <= 0x66) {
    out = float_compare(op, a, b);
  } else if (op <= 0x78) {
    uint32_t v = 0;
    trap = integer<uint32_t, int32_t>(op - 0x67, a32, b32, &v);
    out = v;
  } else if (op <= 0x8a) {
    trap = integer<uint64_t, int64_t>(op - 0x79, a, b, &out);
  } else if (two) {
    out = float_binary(op, a, b);
  } else {
    trap = unary(op, b, &out);
  }
  push(out);
  return trap;
}

wasmcore_trap Reference::saturate(uint32_t op) {
  uint64_t a = pop().low;
  auto x = static_cast<uint32_t>(a);
  switch (op) {
    case 0:
      push(wc_i32_trunc_sat_f32_s(x));
      break;
    case 1:
      push(wc_i32_trunc_sat_f32_u(x));
      break;
    case 2:
      push(wc_i32_trunc_sat_f64_s(a));
      break;
    case 3:
      push(wc_i32_trunc_sat_f64_u(a));
      break;
    case 4:
      push(wc_i64_trunc_sat_f32_s(x));
      break;
    case 5:
      push(wc_i64_trunc_sat_f32_u(x));
      break;
    case 6:
      push(wc_i64_trunc_sat_f64_s(a));
      break;
    default:
      push(wc_i64_trunc_sat_f64_u(a));
      break;
  }
  return kNone;
}

}  // namespace wasmcore::fuzz
