/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the implementations of the instructions on v128 share: the lanes of a vector and loops over them. For
 * wc_simd*.c only. WebAssembly Core 2.0, 4.3.5 (vector operations, lanes).
 */
#ifndef WC_SIMD_LANES_H
#define WC_SIMD_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "wc_simd.h"
#include "wc_simd_list.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "wasmcore: lanes are laid out for little-endian machines"
#endif

/* Lanes of floats are bit patterns in u32 and u64. */
union wc_lanes {
	uint64_t slots[2];
	uint8_t u8[16];
	int8_t s8[16];
	uint16_t u16[8];
	int16_t s16[8];
	uint32_t u32[4];
	int32_t s32[4];
	uint64_t u64[2];
	int64_t s64[2];
};

#define WC_LANE_COUNT(lane) (sizeof(((union wc_lanes *)0)->lane) / sizeof(((union wc_lanes *)0)->lane[0]))
#define WC_LANE_TYPE(lane) __typeof__(((union wc_lanes *)0)->lane[0])

/* The head of a function: every instruction has the same parameters and uses some of them. */
#define WC_SIMD_FN(type, name)									\
void wc_simd_##type##_##name(uint64_t *dst, const uint64_t *a __attribute__((unused)),		\
			     const uint64_t *b __attribute__((unused)),				\
			     const uint64_t *c __attribute__((unused)),				\
			     uint32_t imm __attribute__((unused)))

#define WC_SIMD_OP_PROTOTYPE(opcode, type, name, shape, nlanes, floats) WC_SIMD_FN(type, name);
#define WC_SIMD_MEM_PROTOTYPE(opcode, type, name, shape, nlanes, bytes, align) WC_SIMD_FN(type, name);
WC_SIMD_LIST(WC_SIMD_OP_PROTOTYPE, WC_SIMD_MEM_PROTOTYPE)
#undef WC_SIMD_OP_PROTOTYPE
#undef WC_SIMD_MEM_PROTOTYPE

static inline union wc_lanes wc_lanes_get(const uint64_t *slots)
{
	union wc_lanes v = { { slots[0], slots[1] } };

	return v;
}

static inline void wc_lanes_put(uint64_t *slots, const union wc_lanes *v)
{
	slots[0] = v->slots[0];
	slots[1] = v->slots[1];
}

static inline int64_t wc_clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/*
 * v128 -> v128, lane by lane: `expr` of x, a lane of a. Operands are copied first: dst may be one of them. It is
 * computed as the language does and cut to the lane.
 */
#define WC_LANES_1(type, name, lane, expr)							\
WC_SIMD_FN(type, name)										\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(lane); i++) {						\
		const WC_LANE_TYPE(lane) x = va.lane[i];					\
												\
		r.lane[i] = (WC_LANE_TYPE(lane))(expr);						\
	}											\
	wc_lanes_put(dst, &r);									\
}

/* v128, v128 -> v128: `expr` of x and y, lanes of a and b. */
#define WC_LANES_2(type, name, lane, expr)							\
WC_SIMD_FN(type, name)										\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	const union wc_lanes vb = wc_lanes_get(b);						\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(lane); i++) {						\
		const WC_LANE_TYPE(lane) x = va.lane[i];					\
		const WC_LANE_TYPE(lane) y = vb.lane[i];					\
												\
		r.lane[i] = (WC_LANE_TYPE(lane))(expr);						\
	}											\
	wc_lanes_put(dst, &r);									\
}

/*
 * v128 -> v128 with lanes of another width: `expr` of the index i and the vector va is lane i of the result, for the
 * first `count` of them; the others are zero.
 */
#define WC_LANES_FROM_1(type, name, lane, count, expr)						\
WC_SIMD_FN(type, name)										\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	union wc_lanes r = { { 0, 0 } };							\
	unsigned int i;										\
												\
	for (i = 0; i < count; i++)								\
		r.lane[i] = (WC_LANE_TYPE(lane))(expr);						\
	wc_lanes_put(dst, &r);									\
}

/* The same of two vectors, va and vb, for all lanes. */
#define WC_LANES_FROM_2(type, name, lane, expr)							\
WC_SIMD_FN(type, name)										\
{												\
	const union wc_lanes va = wc_lanes_get(a);						\
	const union wc_lanes vb = wc_lanes_get(b);						\
	union wc_lanes r;									\
	unsigned int i;										\
												\
	for (i = 0; i < WC_LANE_COUNT(lane); i++)						\
		r.lane[i] = (WC_LANE_TYPE(lane))(expr);						\
	wc_lanes_put(dst, &r);									\
}

#endif
