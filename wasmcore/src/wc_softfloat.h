/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Floating point without a floating-point unit: f32 and f64 as bit patterns, computed with integers only.
 *
 * WebAssembly Core 2.0, 4.3.3 (floating-point operations) and 4.3.4 (conversions); IEEE 754-2019, round to nearest,
 * ties to even. Wherever the specification lets a NaN be chosen, it is the positive canonical one. Both builds of
 * wc_float.h use this file: the soft one for everything, the hard one for what baseline machines have no instruction
 * for (rounding to integers).
 */
#ifndef WC_SOFTFLOAT_H
#define WC_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

#include "wasmcore.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WC_F32_SIGN UINT32_C(0x80000000)
#define WC_F32_INF UINT32_C(0x7f800000)
#define WC_F32_NAN UINT32_C(0x7fc00000)
#define WC_F64_SIGN UINT64_C(0x8000000000000000)
#define WC_F64_INF UINT64_C(0x7ff0000000000000)
#define WC_F64_NAN UINT64_C(0x7ff8000000000000)

/* wc_softfloat.c: arithmetic */
uint32_t wc_sf_f32_add(uint32_t a, uint32_t b);
uint32_t wc_sf_f32_sub(uint32_t a, uint32_t b);
uint32_t wc_sf_f32_mul(uint32_t a, uint32_t b);
uint32_t wc_sf_f32_div(uint32_t a, uint32_t b);
uint32_t wc_sf_f32_sqrt(uint32_t a);
uint64_t wc_sf_f64_add(uint64_t a, uint64_t b);
uint64_t wc_sf_f64_sub(uint64_t a, uint64_t b);
uint64_t wc_sf_f64_mul(uint64_t a, uint64_t b);
uint64_t wc_sf_f64_div(uint64_t a, uint64_t b);
uint64_t wc_sf_f64_sqrt(uint64_t a);

/* wc_softfloat.c: conversions */
uint32_t wc_sf_f32_demote_f64(uint64_t a);
uint64_t wc_sf_f64_promote_f32(uint32_t a);
uint32_t wc_sf_f32_convert_i32_s(uint32_t a);
uint32_t wc_sf_f32_convert_i32_u(uint32_t a);
uint32_t wc_sf_f32_convert_i64_s(uint64_t a);
uint32_t wc_sf_f32_convert_i64_u(uint64_t a);
uint64_t wc_sf_f64_convert_i32_s(uint32_t a);
uint64_t wc_sf_f64_convert_i32_u(uint32_t a);
uint64_t wc_sf_f64_convert_i64_s(uint64_t a);
uint64_t wc_sf_f64_convert_i64_u(uint64_t a);

uint32_t wc_sf_i32_trunc_sat_f32_s(uint32_t a);
uint32_t wc_sf_i32_trunc_sat_f32_u(uint32_t a);
uint32_t wc_sf_i32_trunc_sat_f64_s(uint64_t a);
uint32_t wc_sf_i32_trunc_sat_f64_u(uint64_t a);
uint64_t wc_sf_i64_trunc_sat_f32_s(uint32_t a);
uint64_t wc_sf_i64_trunc_sat_f32_u(uint32_t a);
uint64_t wc_sf_i64_trunc_sat_f64_s(uint64_t a);
uint64_t wc_sf_i64_trunc_sat_f64_u(uint64_t a);

/* NONE, CONVERSION for a NaN, OVERFLOW out of range; *out is written only for NONE. */
enum wasmcore_trap wc_sf_i32_trunc_f32_s(uint32_t a, uint32_t *out);
enum wasmcore_trap wc_sf_i32_trunc_f32_u(uint32_t a, uint32_t *out);
enum wasmcore_trap wc_sf_i32_trunc_f64_s(uint64_t a, uint32_t *out);
enum wasmcore_trap wc_sf_i32_trunc_f64_u(uint64_t a, uint32_t *out);
enum wasmcore_trap wc_sf_i64_trunc_f32_s(uint32_t a, uint64_t *out);
enum wasmcore_trap wc_sf_i64_trunc_f32_u(uint32_t a, uint64_t *out);
enum wasmcore_trap wc_sf_i64_trunc_f64_s(uint64_t a, uint64_t *out);
enum wasmcore_trap wc_sf_i64_trunc_f64_u(uint64_t a, uint64_t *out);

/*
 * What needs no more than a few integer instructions, once for each width. `fmt` is f32 or f64, `bits_t` its bit
 * pattern, `FMT` the prefix of its constants.
 */
#define WC_SF_DEFINE_COMPARE(fmt, FMT, bits_t)								\
static inline bool wc_sf_##fmt##_is_nan(bits_t a)							\
{													\
	return (a & ~FMT##_SIGN) > FMT##_INF;								\
}													\
													\
static inline uint32_t wc_sf_##fmt##_eq(bits_t a, bits_t b)						\
{													\
	if (wc_sf_##fmt##_is_nan(a) || wc_sf_##fmt##_is_nan(b))					\
		return 0;										\
	return a == b || !((a | b) & ~FMT##_SIGN);							\
}													\
													\
static inline uint32_t wc_sf_##fmt##_ne(bits_t a, bits_t b)						\
{													\
	return !wc_sf_##fmt##_eq(a, b);								\
}													\
													\
static inline uint32_t wc_sf_##fmt##_lt(bits_t a, bits_t b)						\
{													\
	if (wc_sf_##fmt##_is_nan(a) || wc_sf_##fmt##_is_nan(b))					\
		return 0;										\
	if ((a ^ b) & FMT##_SIGN)									\
		return (a & FMT##_SIGN) && ((a | b) & ~FMT##_SIGN);					\
	return a & FMT##_SIGN ? b < a : a < b;								\
}													\
													\
static inline uint32_t wc_sf_##fmt##_gt(bits_t a, bits_t b)						\
{													\
	return wc_sf_##fmt##_lt(b, a);									\
}													\
													\
static inline uint32_t wc_sf_##fmt##_le(bits_t a, bits_t b)						\
{													\
	return wc_sf_##fmt##_lt(a, b) || wc_sf_##fmt##_eq(a, b);					\
}													\
													\
static inline uint32_t wc_sf_##fmt##_ge(bits_t a, bits_t b)						\
{													\
	return wc_sf_##fmt##_le(b, a);									\
}													\
													\
/* Equal operands have equal bits unless both are zeros: or prefers the negative zero, and the positive one. */	\
static inline bits_t wc_sf_##fmt##_min(bits_t a, bits_t b)						\
{													\
	if (wc_sf_##fmt##_is_nan(a) || wc_sf_##fmt##_is_nan(b))					\
		return FMT##_NAN;									\
	if (wc_sf_##fmt##_eq(a, b))									\
		return a | b;										\
	return wc_sf_##fmt##_lt(a, b) ? a : b;								\
}													\
													\
static inline bits_t wc_sf_##fmt##_max(bits_t a, bits_t b)						\
{													\
	if (wc_sf_##fmt##_is_nan(a) || wc_sf_##fmt##_is_nan(b))					\
		return FMT##_NAN;									\
	if (wc_sf_##fmt##_eq(a, b))									\
		return a & b;										\
	return wc_sf_##fmt##_lt(a, b) ? b : a;								\
}

/*
 * Rounding to an integral value. `fraction` has a bit set for each bit of the pattern that stands below the binary
 * point; adding to it carries into the integer part and, correctly, into the exponent.
 */
#define WC_SF_DEFINE_ROUND(fmt, FMT, bits_t, mant, bias)						\
static inline bits_t wc_sf_##fmt##_exponent(bits_t a)							\
{													\
	return (a & FMT##_INF) >> mant;								\
}													\
													\
/* For exponents bias..bias + mant - 1. */								\
static inline bits_t wc_sf_##fmt##_fraction(bits_t exponent)						\
{													\
	return (((bits_t)1 << mant) - 1) >> (exponent - bias);						\
}													\
													\
static inline bits_t wc_sf_##fmt##_trunc(bits_t a)							\
{													\
	bits_t exponent = wc_sf_##fmt##_exponent(a);							\
													\
	if (exponent < bias)										\
		return a & FMT##_SIGN;									\
	if (exponent >= bias + mant)									\
		return wc_sf_##fmt##_is_nan(a) ? FMT##_NAN : a;					\
	return a & ~wc_sf_##fmt##_fraction(exponent);							\
}													\
													\
/* Away from zero. */											\
static inline bits_t wc_sf_##fmt##_expand(bits_t a)							\
{													\
	bits_t exponent = wc_sf_##fmt##_exponent(a);							\
	bits_t fraction;										\
													\
	if (exponent < bias)										\
		return a & ~FMT##_SIGN ? (a & FMT##_SIGN) | ((bits_t)bias << mant) : a;		\
	if (exponent >= bias + mant)									\
		return wc_sf_##fmt##_is_nan(a) ? FMT##_NAN : a;					\
	fraction = wc_sf_##fmt##_fraction(exponent);							\
	return (a + fraction) & ~fraction;								\
}													\
													\
static inline bits_t wc_sf_##fmt##_ceil(bits_t a)							\
{													\
	return a & FMT##_SIGN ? wc_sf_##fmt##_trunc(a) : wc_sf_##fmt##_expand(a);			\
}													\
													\
static inline bits_t wc_sf_##fmt##_floor(bits_t a)							\
{													\
	return a & FMT##_SIGN ? wc_sf_##fmt##_expand(a) : wc_sf_##fmt##_trunc(a);			\
}													\
													\
/* Ties to even. From 1 on, the lowest integer bit is in the pattern: for 1 itself it is that of the odd bias. */	\
static inline bits_t wc_sf_##fmt##_nearest(bits_t a)							\
{													\
	bits_t exponent = wc_sf_##fmt##_exponent(a);							\
	bits_t fraction;										\
													\
	if (exponent < bias) {										\
		if ((a & ~FMT##_SIGN) <= ((bits_t)(bias - 1) << mant))					\
			return a & FMT##_SIGN;								\
		return (a & FMT##_SIGN) | ((bits_t)bias << mant);					\
	}												\
	if (exponent >= bias + mant)									\
		return wc_sf_##fmt##_is_nan(a) ? FMT##_NAN : a;					\
	fraction = wc_sf_##fmt##_fraction(exponent);							\
	return (a + (fraction >> 1) + (a & (fraction + 1) ? 1 : 0)) & ~fraction;			\
}

WC_SF_DEFINE_COMPARE(f32, WC_F32, uint32_t)
WC_SF_DEFINE_ROUND(f32, WC_F32, uint32_t, 23u, 127u)
WC_SF_DEFINE_COMPARE(f64, WC_F64, uint64_t)
WC_SF_DEFINE_ROUND(f64, WC_F64, uint64_t, 52u, 1023u)

#undef WC_SF_DEFINE_COMPARE
#undef WC_SF_DEFINE_ROUND

#ifdef __cplusplus
}
#endif
#endif
