/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Floating-point operations on bit patterns, inline: uint32_t is an f32, uint64_t an f64.
 *
 * WebAssembly Core 2.0, 4.3.3 (floating-point operations) and 4.3.4 (conversions). Results have the same bits on every
 * machine and in both builds: a NaN that the specification leaves open is always the positive canonical one. abs, neg
 * and copysign (4.3.3) only change the sign and keep the payload.
 *
 * By default the compiler's types compute; with WASMCORE_SOFTFLOAT defined none of them appears and wc_softfloat.c
 * computes. Compile with -fno-math-errno, so that the square root is one instruction; without it the integer one is
 * used, since the compiler would call libm.
 */
#ifndef WC_FLOAT_H
#define WC_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

#include "wasmcore.h"
#include "wc_softfloat.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WC_FLOAT_1(to, name, from)								\
static inline to wc_##name(from a)								\
{												\
	return wc_sf_##name(a);									\
}

#define WC_FLOAT_2(to, name, from)								\
static inline to wc_##name(from a, from b)							\
{												\
	return wc_sf_##name(a, b);								\
}

#define WC_FLOAT_TRAP(to, name, from)								\
static inline enum wasmcore_trap wc_##name(from a, to *out)					\
{												\
	return wc_sf_##name(a, out);								\
}

/* Bit operations, the same in both builds. */
#define WC_FLOAT_BITS(fmt, FMT, bits_t)								\
static inline bits_t wc_##fmt##_abs(bits_t a)							\
{												\
	return a & ~FMT##_SIGN;									\
}												\
												\
static inline bits_t wc_##fmt##_neg(bits_t a)							\
{												\
	return a ^ FMT##_SIGN;									\
}												\
												\
static inline bits_t wc_##fmt##_copysign(bits_t a, bits_t b)					\
{												\
	return (a & ~FMT##_SIGN) | (b & FMT##_SIGN);						\
}												\
												\
WC_FLOAT_1(bool, fmt##_is_nan, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_ceil, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_floor, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_trunc, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_nearest, bits_t)

WC_FLOAT_BITS(f32, WC_F32, uint32_t)
WC_FLOAT_BITS(f64, WC_F64, uint64_t)

#undef WC_FLOAT_BITS

#ifdef WASMCORE_SOFTFLOAT

#define WC_FLOAT_SOFT(fmt, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_add, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_sub, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_mul, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_div, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_min, bits_t)								\
WC_FLOAT_2(bits_t, fmt##_max, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_sqrt, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_eq, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_ne, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_lt, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_gt, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_le, bits_t)								\
WC_FLOAT_2(uint32_t, fmt##_ge, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_convert_i32_s, uint32_t)						\
WC_FLOAT_1(bits_t, fmt##_convert_i32_u, uint32_t)						\
WC_FLOAT_1(uint32_t, i32_trunc_sat_##fmt##_s, bits_t)						\
WC_FLOAT_1(uint32_t, i32_trunc_sat_##fmt##_u, bits_t)						\
WC_FLOAT_TRAP(uint32_t, i32_trunc_##fmt##_s, bits_t)						\
WC_FLOAT_TRAP(uint32_t, i32_trunc_##fmt##_u, bits_t)

WC_FLOAT_SOFT(f32, uint32_t)
WC_FLOAT_SOFT(f64, uint64_t)
WC_FLOAT_1(uint32_t, f32_demote_f64, uint64_t)
WC_FLOAT_1(uint64_t, f64_promote_f32, uint32_t)

#undef WC_FLOAT_SOFT

#else

#if !defined(__FLT_EVAL_METHOD__) || (__FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16)
#error "wasmcore: this machine computes with excess precision (x87); use SSE2 or define WASMCORE_SOFTFLOAT"
#endif
#ifdef __FAST_MATH__
#error "wasmcore: -ffast-math breaks the arithmetic of WebAssembly"
#endif

#define WC_FLOAT_HARD(fmt, FMT, bits_t, real)							\
static inline real wc_##fmt##_real(bits_t a)							\
{												\
	real r;											\
												\
	__builtin_memcpy(&r, &a, sizeof(r));							\
	return r;										\
}												\
												\
static inline bits_t wc_##fmt##_result(real a)							\
{												\
	bits_t r;										\
												\
	__builtin_memcpy(&r, &a, sizeof(r));							\
	return a != a ? FMT##_NAN : r;								\
}												\
												\
static inline bits_t wc_##fmt##_add(bits_t a, bits_t b)						\
{												\
	return wc_##fmt##_result(wc_##fmt##_real(a) + wc_##fmt##_real(b));			\
}												\
												\
static inline bits_t wc_##fmt##_sub(bits_t a, bits_t b)						\
{												\
	return wc_##fmt##_result(wc_##fmt##_real(a) - wc_##fmt##_real(b));			\
}												\
												\
static inline bits_t wc_##fmt##_mul(bits_t a, bits_t b)						\
{												\
	return wc_##fmt##_result(wc_##fmt##_real(a) * wc_##fmt##_real(b));			\
}												\
												\
static inline bits_t wc_##fmt##_div(bits_t a, bits_t b)						\
{												\
	return wc_##fmt##_result(wc_##fmt##_real(a) / wc_##fmt##_real(b));			\
}												\
												\
static inline bits_t wc_##fmt##_min(bits_t a, bits_t b)						\
{												\
	real x = wc_##fmt##_real(a);								\
	real y = wc_##fmt##_real(b);								\
												\
	if (x < y)										\
		return a;									\
	if (y < x)										\
		return b;									\
	return x == y ? a | b : FMT##_NAN;							\
}												\
												\
static inline bits_t wc_##fmt##_max(bits_t a, bits_t b)						\
{												\
	real x = wc_##fmt##_real(a);								\
	real y = wc_##fmt##_real(b);								\
												\
	if (x < y)										\
		return b;									\
	if (y < x)										\
		return a;									\
	return x == y ? a & b : FMT##_NAN;							\
}												\
												\
static inline uint32_t wc_##fmt##_eq(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) == wc_##fmt##_real(b);					\
}												\
												\
static inline uint32_t wc_##fmt##_ne(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) != wc_##fmt##_real(b);					\
}												\
												\
static inline uint32_t wc_##fmt##_lt(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) < wc_##fmt##_real(b);						\
}												\
												\
static inline uint32_t wc_##fmt##_gt(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) > wc_##fmt##_real(b);						\
}												\
												\
static inline uint32_t wc_##fmt##_le(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) <= wc_##fmt##_real(b);					\
}												\
												\
static inline uint32_t wc_##fmt##_ge(bits_t a, bits_t b)					\
{												\
	return wc_##fmt##_real(a) >= wc_##fmt##_real(b);					\
}

WC_FLOAT_HARD(f32, WC_F32, uint32_t, float)
WC_FLOAT_HARD(f64, WC_F64, uint64_t, double)

#undef WC_FLOAT_HARD

#ifdef __NO_MATH_ERRNO__
static inline uint32_t wc_f32_sqrt(uint32_t a)
{
	return wc_f32_result(__builtin_sqrtf(wc_f32_real(a)));
}

static inline uint64_t wc_f64_sqrt(uint64_t a)
{
	return wc_f64_result(__builtin_sqrt(wc_f64_real(a)));
}
#else
WC_FLOAT_1(uint32_t, f32_sqrt, uint32_t)
WC_FLOAT_1(uint64_t, f64_sqrt, uint64_t)
#endif

static inline uint32_t wc_f32_demote_f64(uint64_t a)
{
	return wc_f32_result((float)wc_f64_real(a));
}

static inline uint64_t wc_f64_promote_f32(uint32_t a)
{
	return wc_f64_result((double)wc_f32_real(a));
}

/* From integers: 4.3.4 convert. */
#define WC_FLOAT_CONVERT(fmt, bits_t, real, from, uint_t, int_t)				\
static inline bits_t wc_##fmt##_convert_##from(uint_t a)					\
{												\
	return wc_##fmt##_result((real)(int_t)a);						\
}

WC_FLOAT_CONVERT(f32, uint32_t, float, i32_s, uint32_t, int32_t)
WC_FLOAT_CONVERT(f32, uint32_t, float, i32_u, uint32_t, uint32_t)
WC_FLOAT_CONVERT(f64, uint64_t, double, i32_s, uint32_t, int32_t)
WC_FLOAT_CONVERT(f64, uint64_t, double, i32_u, uint32_t, uint32_t)

/*
 * To integers: 4.3.4 trunc and trunc_sat. `above` holds for numbers whose integral part is not less than the smallest
 * integer of the type (and not for a NaN), `end` is the first number that is too large.
 */
#define WC_FLOAT_TRUNC(name, fmt, bits_t, real, uint_t, int_t, above, end, smallest, largest)	\
static inline enum wasmcore_trap wc_##name(bits_t a, uint_t *out)				\
{												\
	real x = wc_##fmt##_real(a);								\
												\
	if (x above && x < end) {								\
		*out = (uint_t)(int_t)x;							\
		return WASMCORE_TRAP_NONE;							\
	}											\
	return x != x ? WASMCORE_TRAP_CONVERSION : WASMCORE_TRAP_OVERFLOW;			\
}

#define WC_FLOAT_TRUNC_SAT(name, fmt, bits_t, real, uint_t, int_t, above, end, smallest, largest)	\
static inline uint_t wc_##name(bits_t a)							\
{												\
	real x = wc_##fmt##_real(a);								\
												\
	if (x above && x < end)									\
		return (uint_t)(int_t)x;							\
	if (x != x)										\
		return 0;									\
	return x < 0 ? (uint_t)smallest : (uint_t)largest;					\
}

/* -2147483648 is an f32, but the next smaller one is -2147483904: any f32 above the latter is in range. */
#define WC_FLOAT_TO_I32(define, prefix)								\
define(prefix##_f32_s, f32, uint32_t, float, uint32_t, int32_t,					\
       >= -2147483648.0f, 2147483648.0f, INT32_MIN, INT32_MAX)					\
define(prefix##_f32_u, f32, uint32_t, float, uint32_t, uint32_t,				\
       > -1.0f, 4294967296.0f, 0, UINT32_MAX)							\
define(prefix##_f64_s, f64, uint64_t, double, uint32_t, int32_t,				\
       > -2147483649.0, 2147483648.0, INT32_MIN, INT32_MAX)					\
define(prefix##_f64_u, f64, uint64_t, double, uint32_t, uint32_t,				\
       > -1.0, 4294967296.0, 0, UINT32_MAX)

#define WC_FLOAT_TO_I64(define, prefix)								\
define(prefix##_f32_s, f32, uint32_t, float, uint64_t, int64_t,					\
       >= -9223372036854775808.0f, 9223372036854775808.0f, INT64_MIN, INT64_MAX)		\
define(prefix##_f32_u, f32, uint32_t, float, uint64_t, uint64_t,				\
       > -1.0f, 18446744073709551616.0f, 0, UINT64_MAX)						\
define(prefix##_f64_s, f64, uint64_t, double, uint64_t, int64_t,				\
       >= -9223372036854775808.0, 9223372036854775808.0, INT64_MIN, INT64_MAX)			\
define(prefix##_f64_u, f64, uint64_t, double, uint64_t, uint64_t,				\
       > -1.0, 18446744073709551616.0, 0, UINT64_MAX)

WC_FLOAT_TO_I32(WC_FLOAT_TRUNC, i32_trunc)
WC_FLOAT_TO_I32(WC_FLOAT_TRUNC_SAT, i32_trunc_sat)

#if UINTPTR_MAX > UINT32_MAX
WC_FLOAT_CONVERT(f32, uint32_t, float, i64_s, uint64_t, int64_t)
WC_FLOAT_CONVERT(f32, uint32_t, float, i64_u, uint64_t, uint64_t)
WC_FLOAT_CONVERT(f64, uint64_t, double, i64_s, uint64_t, int64_t)
WC_FLOAT_CONVERT(f64, uint64_t, double, i64_u, uint64_t, uint64_t)
WC_FLOAT_TO_I64(WC_FLOAT_TRUNC, i64_trunc)
WC_FLOAT_TO_I64(WC_FLOAT_TRUNC_SAT, i64_trunc_sat)
#endif

#undef WC_FLOAT_CONVERT
#undef WC_FLOAT_TRUNC
#undef WC_FLOAT_TRUNC_SAT
#undef WC_FLOAT_TO_I32
#undef WC_FLOAT_TO_I64

#endif /* WASMCORE_SOFTFLOAT */

/* 32-bit machines would call libgcc for these. */
#if defined(WASMCORE_SOFTFLOAT) || UINTPTR_MAX <= UINT32_MAX
#define WC_FLOAT_SOFT_I64(fmt, bits_t)								\
WC_FLOAT_1(bits_t, fmt##_convert_i64_s, uint64_t)						\
WC_FLOAT_1(bits_t, fmt##_convert_i64_u, uint64_t)						\
WC_FLOAT_1(uint64_t, i64_trunc_sat_##fmt##_s, bits_t)						\
WC_FLOAT_1(uint64_t, i64_trunc_sat_##fmt##_u, bits_t)						\
WC_FLOAT_TRAP(uint64_t, i64_trunc_##fmt##_s, bits_t)						\
WC_FLOAT_TRAP(uint64_t, i64_trunc_##fmt##_u, bits_t)

WC_FLOAT_SOFT_I64(f32, uint32_t)
WC_FLOAT_SOFT_I64(f64, uint64_t)
#undef WC_FLOAT_SOFT_I64
#endif

#undef WC_FLOAT_1
#undef WC_FLOAT_2
#undef WC_FLOAT_TRAP

#ifdef __cplusplus
}
#endif
#endif
