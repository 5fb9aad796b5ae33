/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Instructions on v128 as bits and as integer lanes of one width. WebAssembly Core 2.0, 4.3.2 (integer operations)
 * and 4.4.3 (vector instructions).
 */
#include "wc_simd_lanes.h"

/* v128 */

WC_LANES_1(v128, not, u64, ~x)
WC_LANES_2(v128, and, u64, x & y)
WC_LANES_2(v128, andnot, u64, x & ~y)
WC_LANES_2(v128, or, u64, x | y)
WC_LANES_2(v128, xor, u64, x ^ y)

WC_SIMD_FN(v128, bitselect)
{
	const uint64_t low = (a[0] & c[0]) | (b[0] & ~c[0]);
	const uint64_t high = (a[1] & c[1]) | (b[1] & ~c[1]);

	dst[0] = low;
	dst[1] = high;
}

WC_SIMD_FN(v128, any_true)
{
	dst[0] = (a[0] | a[1]) != 0;
}

/* What lanes of every width have. Unsigned lanes wrap around, signed ones compare and shift with their sign. */

#define COMPARE(type, name, lane, op) WC_LANES_2(type, name, lane, -(x op y))

#define SHIFT(type, name, lane, op)								\
WC_SIMD_FN(type, name)										\
{												\
	const unsigned int count = (unsigned int)b[0] & (8 * sizeof(WC_LANE_TYPE(lane)) - 1);	\
	const union wc_lanes va = wc_lanes_get(a);						\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(lane); i++)						\
		r.lane[i] = (WC_LANE_TYPE(lane))(va.lane[i] op count);				\
	wc_lanes_put(dst, &r);									\
}

#define TESTS(type, u, s)									\
WC_SIMD_FN(type, all_true)									\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	uint32_t all = 1;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(u); i++)							\
		all &= va.u[i] != 0;								\
	dst[0] = all;										\
}												\
												\
WC_SIMD_FN(type, bitmask)									\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	uint32_t mask = 0;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(s); i++)							\
		mask |= (uint32_t)(va.s[i] < 0) << i;						\
	dst[0] = mask;										\
}

#define INTEGERS(type, u, s)									\
WC_LANES_1(type, abs, u, va.s[i] < 0 ? 0u - x : x)						\
WC_LANES_1(type, neg, u, 0u - x)								\
WC_LANES_2(type, add, u, x + y)									\
WC_LANES_2(type, sub, u, x - y)									\
COMPARE(type, eq, u, ==)									\
COMPARE(type, ne, u, !=)									\
COMPARE(type, lt_s, s, <)									\
COMPARE(type, gt_s, s, >)									\
COMPARE(type, le_s, s, <=)									\
COMPARE(type, ge_s, s, >=)									\
SHIFT(type, shl, u, <<)										\
SHIFT(type, shr_s, s, >>)									\
SHIFT(type, shr_u, u, >>)									\
TESTS(type, u, s)

INTEGERS(i8x16, u8, s8)
INTEGERS(i16x8, u16, s16)
INTEGERS(i32x4, u32, s32)
INTEGERS(i64x2, u64, s64)

#define UP_TO_32_BITS(type, u, s)								\
COMPARE(type, lt_u, u, <)									\
COMPARE(type, gt_u, u, >)									\
COMPARE(type, le_u, u, <=)									\
COMPARE(type, ge_u, u, >=)									\
WC_LANES_2(type, min_s, s, x < y ? x : y)							\
WC_LANES_2(type, min_u, u, x < y ? x : y)							\
WC_LANES_2(type, max_s, s, x > y ? x : y)							\
WC_LANES_2(type, max_u, u, x > y ? x : y)

UP_TO_32_BITS(i8x16, u8, s8)
UP_TO_32_BITS(i16x8, u16, s16)
UP_TO_32_BITS(i32x4, u32, s32)

#define UP_TO_16_BITS(type, u, s, u_max, s_min, s_max)						\
WC_LANES_2(type, add_sat_s, s, wc_clamp(x + y, s_min, s_max))					\
WC_LANES_2(type, add_sat_u, u, wc_clamp(x + y, 0, u_max))					\
WC_LANES_2(type, sub_sat_s, s, wc_clamp(x - y, s_min, s_max))					\
WC_LANES_2(type, sub_sat_u, u, wc_clamp(x - y, 0, u_max))					\
WC_LANES_2(type, avgr_u, u, (x + y + 1) >> 1)

UP_TO_16_BITS(i8x16, u8, s8, UINT8_MAX, INT8_MIN, INT8_MAX)
UP_TO_16_BITS(i16x8, u16, s16, UINT16_MAX, INT16_MIN, INT16_MAX)

WC_LANES_2(i16x8, mul, u16, (uint32_t)x * y)
WC_LANES_2(i32x4, mul, u32, x * y)
WC_LANES_2(i64x2, mul, u64, x * y)

/* Numbers with 15 bits after the point; only -1 * -1 does not fit. */
WC_LANES_2(i16x8, q15mulr_sat_s, s16, wc_clamp((x * y + 0x4000) >> 15, INT16_MIN, INT16_MAX))

/* Sums of 1, 2 and 4 bits, in place, for 8 lanes at a time. */
static inline uint64_t popcount_bytes(uint64_t v)
{
	v -= (v >> 1) & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) + ((v >> 2) & UINT64_C(0x3333333333333333));
	return (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
}

WC_LANES_1(i8x16, popcnt, u64, popcount_bytes(x))
