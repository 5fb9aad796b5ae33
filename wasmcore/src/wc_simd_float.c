/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Instructions on v128 with lanes of floats: WebAssembly Core 2.0, 4.3.3, 4.3.4 and 4.4.3. Each lane is computed by
 * wc_float.h, so results are the same with and without a floating-point unit.
 */
#include "wc_float.h"
#include "wc_simd_lanes.h"

#define COMPARE(type, name, fmt, u) WC_LANES_2(type, name, u, wc_##fmt##_##name(x, y) ? -1 : 0)
#define UNARY(type, name, fmt, u) WC_LANES_1(type, name, u, wc_##fmt##_##name(x))
#define BINARY(type, name, fmt, u) WC_LANES_2(type, name, u, wc_##fmt##_##name(x, y))

/* pmin and pmax give one of the operands as it is: they do not order zeros, nor change a NaN. */
#define FLOATS(type, fmt, u)									\
COMPARE(type, eq, fmt, u)									\
COMPARE(type, ne, fmt, u)									\
COMPARE(type, lt, fmt, u)									\
COMPARE(type, gt, fmt, u)									\
COMPARE(type, le, fmt, u)									\
COMPARE(type, ge, fmt, u)									\
UNARY(type, abs, fmt, u)									\
UNARY(type, neg, fmt, u)									\
UNARY(type, sqrt, fmt, u)									\
UNARY(type, ceil, fmt, u)									\
UNARY(type, floor, fmt, u)									\
UNARY(type, trunc, fmt, u)									\
UNARY(type, nearest, fmt, u)									\
BINARY(type, add, fmt, u)									\
BINARY(type, sub, fmt, u)									\
BINARY(type, mul, fmt, u)									\
BINARY(type, div, fmt, u)									\
BINARY(type, min, fmt, u)									\
BINARY(type, max, fmt, u)									\
WC_LANES_2(type, pmin, u, wc_##fmt##_lt(y, x) ? y : x)						\
WC_LANES_2(type, pmax, u, wc_##fmt##_lt(x, y) ? y : x)

FLOATS(f32x4, f32, u32)
FLOATS(f64x2, f64, u64)

/* Conversions between lanes of 32 and 64 bits use the low two lanes and leave zeros in the high ones. */
WC_LANES_1(i32x4, trunc_sat_f32x4_s, u32, wc_i32_trunc_sat_f32_s(x))
WC_LANES_1(i32x4, trunc_sat_f32x4_u, u32, wc_i32_trunc_sat_f32_u(x))
WC_LANES_1(f32x4, convert_i32x4_s, u32, wc_f32_convert_i32_s(x))
WC_LANES_1(f32x4, convert_i32x4_u, u32, wc_f32_convert_i32_u(x))
WC_LANES_FROM_1(i32x4, trunc_sat_f64x2_s_zero, u32, 2, wc_i32_trunc_sat_f64_s(va.u64[i]))
WC_LANES_FROM_1(i32x4, trunc_sat_f64x2_u_zero, u32, 2, wc_i32_trunc_sat_f64_u(va.u64[i]))
WC_LANES_FROM_1(f64x2, convert_low_i32x4_s, u64, 2, wc_f64_convert_i32_s(va.u32[i]))
WC_LANES_FROM_1(f64x2, convert_low_i32x4_u, u64, 2, wc_f64_convert_i32_u(va.u32[i]))
WC_LANES_FROM_1(f32x4, demote_f64x2_zero, u32, 2, wc_f32_demote_f64(va.u64[i]))
WC_LANES_FROM_1(f64x2, promote_low_f32x4, u64, 2, wc_f64_promote_f32(va.u32[i]))
