/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Instructions on v128 that move lanes: the values of loads and stores, constants, shuffles, splats, extracting and
 * replacing lanes. WebAssembly Core 2.0, 4.4.3 and 4.4.7.
 */
#include "wc_simd_lanes.h"

/* Bytes of memory have no alignment: always seen through a pointer to bytes. */
static inline void copy_in(void *to, const uint64_t *memory, unsigned int size)
{
	const uint8_t *bytes = (const uint8_t *)memory;

	__builtin_memcpy(to, bytes, size);
}

static inline void copy_out(uint64_t *memory, const void *from, unsigned int size)
{
	uint8_t *bytes = (uint8_t *)memory;

	__builtin_memcpy(bytes, from, size);
}

WC_SIMD_FN(v128, load)
{
	union wc_lanes r;

	copy_in(&r, a, 16);
	wc_lanes_put(dst, &r);
}

WC_SIMD_FN(v128, store)
{
	const union wc_lanes v = wc_lanes_get(a);

	copy_out(dst, &v, 16);
}

WC_SIMD_FN(v128, const)
{
	union wc_lanes r;

	copy_in(&r, c, 16);
	wc_lanes_put(dst, &r);
}

/* 8 bytes of memory, each lane extended to twice its width. */
#define LOAD_EXTEND(name, to, from)								\
WC_SIMD_FN(v128, name)										\
{												\
	WC_LANE_TYPE(from) memory[WC_LANE_COUNT(to)];						\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	copy_in(memory, a, sizeof(memory));							\
	for (i = 0; i < WC_LANE_COUNT(to); i++)							\
		r.to[i] = memory[i];								\
	wc_lanes_put(dst, &r);									\
}

LOAD_EXTEND(load8x8_s, s16, s8)
LOAD_EXTEND(load8x8_u, u16, u8)
LOAD_EXTEND(load16x4_s, s32, s16)
LOAD_EXTEND(load16x4_u, u32, u16)
LOAD_EXTEND(load32x2_s, s64, s32)
LOAD_EXTEND(load32x2_u, u64, u32)

#define LOAD_SPLAT(name, lane)									\
WC_SIMD_FN(v128, name)										\
{												\
	WC_LANE_TYPE(lane) value;								\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	copy_in(&value, a, sizeof(value));							\
	for (i = 0; i < WC_LANE_COUNT(lane); i++)						\
		r.lane[i] = value;								\
	wc_lanes_put(dst, &r);									\
}

LOAD_SPLAT(load8_splat, u8)
LOAD_SPLAT(load16_splat, u16)
LOAD_SPLAT(load32_splat, u32)
LOAD_SPLAT(load64_splat, u64)

#define LOAD_ZERO(name, lane)									\
WC_SIMD_FN(v128, name)										\
{												\
	union wc_lanes r = { { 0, 0 } };							\
												\
	copy_in(&r.lane[0], a, sizeof(r.lane[0]));						\
	wc_lanes_put(dst, &r);									\
}

LOAD_ZERO(load32_zero, u32)
LOAD_ZERO(load64_zero, u64)

/* Validation checks the lane; the mask only keeps a mistake inside the vector. */
#define LANE(lane) (imm & (WC_LANE_COUNT(lane) - 1))

#define LOAD_STORE_LANE(load, store, lane)							\
WC_SIMD_FN(v128, load)										\
{												\
	union wc_lanes r = wc_lanes_get(b);							\
												\
	copy_in(&r.lane[LANE(lane)], a, sizeof(r.lane[0]));					\
	wc_lanes_put(dst, &r);									\
}												\
												\
WC_SIMD_FN(v128, store)										\
{												\
	const union wc_lanes v = wc_lanes_get(a);						\
												\
	copy_out(dst, &v.lane[LANE(lane)], sizeof(v.lane[0]));					\
}

LOAD_STORE_LANE(load8_lane, store8_lane, u8)
LOAD_STORE_LANE(load16_lane, store16_lane, u16)
LOAD_STORE_LANE(load32_lane, store32_lane, u32)
LOAD_STORE_LANE(load64_lane, store64_lane, u64)

/* Lanes 0..15 are those of a, 16..31 those of b. */
WC_SIMD_FN(i8x16, shuffle)
{
	const union wc_lanes va = wc_lanes_get(a);
	const union wc_lanes vb = wc_lanes_get(b);
	union wc_lanes lanes;
	union wc_lanes r;
	unsigned int i;

	copy_in(&lanes, c, 16);
	for (i = 0; i < 16; i++) {
		const unsigned int from = lanes.u8[i];

		r.u8[i] = from & 16 ? vb.u8[from & 15] : va.u8[from & 15];
	}
	wc_lanes_put(dst, &r);
}

WC_LANES_FROM_2(i8x16, swizzle, u8, vb.u8[i] < 16 ? va.u8[vb.u8[i] & 15] : 0)

#define SPLAT(type, lane)									\
WC_SIMD_FN(type, splat)										\
{												\
	const WC_LANE_TYPE(lane) value = (WC_LANE_TYPE(lane))a[0];				\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(lane); i++)						\
		r.lane[i] = value;								\
	wc_lanes_put(dst, &r);									\
}

SPLAT(i8x16, u8)
SPLAT(i16x8, u16)
SPLAT(i32x4, u32)
SPLAT(i64x2, u64)
SPLAT(f32x4, u32)
SPLAT(f64x2, u64)

/* `scalar` is the unsigned type of the result, through which a signed lane is extended. */
#define EXTRACT(type, name, lane, scalar)							\
WC_SIMD_FN(type, name)										\
{												\
	const union wc_lanes v = wc_lanes_get(a);						\
	const scalar value = (scalar)v.lane[LANE(lane)];					\
												\
	dst[0] = value;										\
}

EXTRACT(i8x16, extract_lane_s, s8, uint32_t)
EXTRACT(i8x16, extract_lane_u, u8, uint32_t)
EXTRACT(i16x8, extract_lane_s, s16, uint32_t)
EXTRACT(i16x8, extract_lane_u, u16, uint32_t)
EXTRACT(i32x4, extract_lane, u32, uint32_t)
EXTRACT(i64x2, extract_lane, u64, uint64_t)
EXTRACT(f32x4, extract_lane, u32, uint32_t)
EXTRACT(f64x2, extract_lane, u64, uint64_t)

#define REPLACE(type, part)									\
WC_SIMD_FN(type, replace_lane)									\
{												\
	union wc_lanes r = wc_lanes_get(a);							\
												\
	r.part[LANE(part)] = (WC_LANE_TYPE(part))b[0];						\
	wc_lanes_put(dst, &r);									\
}

REPLACE(i8x16, u8)
REPLACE(i16x8, u16)
REPLACE(i32x4, u32)
REPLACE(i64x2, u64)
REPLACE(f32x4, u32)
REPLACE(f64x2, u64)
