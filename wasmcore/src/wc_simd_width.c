/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Instructions on v128 that change the width of integer lanes: narrowing, extending, and arithmetic whose results are
 * twice as wide. WebAssembly Core 2.0, 4.4.3.
 */
#include "wc_simd_lanes.h"

/* The lanes of a, then those of b; operands are signed, results saturate. */
#define NARROW(type, name, to, from, low, high)							\
WC_LANES_FROM_2(type, name, to,									\
		wc_clamp(i < WC_LANE_COUNT(from) ? va.from[i] : vb.from[i - WC_LANE_COUNT(from)], low, high))

NARROW(i8x16, narrow_i16x8_s, s8, s16, INT8_MIN, INT8_MAX)
NARROW(i8x16, narrow_i16x8_u, u8, s16, 0, UINT8_MAX)
NARROW(i16x8, narrow_i32x4_s, s16, s32, INT16_MIN, INT16_MAX)
NARROW(i16x8, narrow_i32x4_u, u16, s32, 0, UINT16_MAX)

/* A product of two lanes always fits the wide one. */
#define WIDEN(type, half, sign, to, from)							\
WC_LANES_FROM_1(type, extend_low_##half##_##sign, to, WC_LANE_COUNT(to), va.from[i])		\
WC_LANES_FROM_1(type, extend_high_##half##_##sign, to, WC_LANE_COUNT(to),			\
		va.from[i + WC_LANE_COUNT(to)])							\
WC_LANES_FROM_2(type, extmul_low_##half##_##sign, to, (WC_LANE_TYPE(to))va.from[i] * vb.from[i])	\
WC_LANES_FROM_2(type, extmul_high_##half##_##sign, to,						\
		(WC_LANE_TYPE(to))va.from[i + WC_LANE_COUNT(to)] * vb.from[i + WC_LANE_COUNT(to)])

WIDEN(i16x8, i8x16, s, s16, s8)
WIDEN(i16x8, i8x16, u, u16, u8)
WIDEN(i32x4, i16x8, s, s32, s16)
WIDEN(i32x4, i16x8, u, u32, u16)
WIDEN(i64x2, i32x4, s, s64, s32)
WIDEN(i64x2, i32x4, u, u64, u32)

#define EXTADD(type, half, sign, to, from)							\
WC_LANES_FROM_1(type, extadd_pairwise_##half##_##sign, to, WC_LANE_COUNT(to),			\
		va.from[2 * i] + va.from[2 * i + 1])

EXTADD(i16x8, i8x16, s, s16, s8)
EXTADD(i16x8, i8x16, u, u16, u8)
EXTADD(i32x4, i16x8, s, s32, s16)
EXTADD(i32x4, i16x8, u, u32, u16)

/* The sum wraps around, once: for four times -32768. */
WC_LANES_FROM_2(i32x4, dot_i16x8_s, u32,
		(uint32_t)(va.s16[2 * i] * vb.s16[2 * i]) + (uint32_t)(va.s16[2 * i + 1] * vb.s16[2 * i + 1]))
