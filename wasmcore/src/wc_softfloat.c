/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Floating-point arithmetic and conversions with integers only. WebAssembly Core 2.0, 4.3.3 and 4.3.4; IEEE 754-2019,
 * 4.3.1 (round to nearest, ties to even), 5.4 (arithmetic).
 *
 * Both formats are unpacked into one form with a 63-bit significand, computed there with a sticky last bit, and
 * rounded once when they are packed again. The exact results are never more than a sticky bit away, so one set of
 * routines serves f32 and f64.
 */
#include "wc_softfloat.h"

enum sf_kind { SF_ZERO, SF_FINITE, SF_INF, SF_NAN };

/* (-1)^sign * sig / 2^62 * 2^exp; sig is in [2^62, 2^63) for finite numbers. */
struct sf {
	uint64_t sig;
	int32_t exp;
	bool sign;
	enum sf_kind kind;
};

#define SF_TOP 62	/* where the leading one of a significand is */

static inline int sf_clz(uint64_t v)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return __builtin_clzll(v);
#else
	/* Some machines have no instruction and would call libgcc. */
	int n = 0;
	int step;

	for (step = 32; step; step >>= 1) {
		if (!(v >> (64 - step))) {
			n += step;
			v <<= step;
		}
	}
	return n;
#endif
}

/* Shifts right; the last bit tells whether any of the lost ones was set. */
static inline uint64_t sf_shift_sticky(uint64_t v, int32_t n)
{
	if (n <= 0)
		return v;
	if (n > 63)
		return v != 0;
	return (v >> n) | ((v << (64 - n)) != 0);
}

static inline struct sf sf_make(enum sf_kind kind, bool sign)
{
	struct sf r = { 0, 0, sign, kind };

	return r;
}

/* v * 2^scale, v not 0, as a normalized number. */
static inline struct sf sf_normalize(bool sign, uint64_t v, int32_t scale)
{
	struct sf r = { 0, scale + SF_TOP, sign, SF_FINITE };
	int zeros = sf_clz(v);

	if (zeros) {
		r.sig = v << (zeros - 1);
		r.exp -= zeros - 1;
	} else {
		r.sig = sf_shift_sticky(v, 1);
		r.exp++;
	}
	return r;
}

/* A pattern with `mant` bits of fraction. */
static inline struct sf sf_unpack(uint64_t bits, bool sign, int mant, int32_t bias)
{
	uint64_t fraction = bits & ((UINT64_C(1) << mant) - 1);
	int32_t field = (int32_t)((bits >> mant) & (uint64_t)(2 * bias + 1));
	struct sf r = { 0, 0, sign, SF_FINITE };

	if (field == 2 * bias + 1)
		return sf_make(fraction ? SF_NAN : SF_INF, sign);
	if (field == 0)
		return fraction ? sf_normalize(sign, fraction, 1 - bias - mant) : sf_make(SF_ZERO, sign);
	r.sig = (fraction | (UINT64_C(1) << mant)) << (SF_TOP - mant);
	r.exp = field - bias;
	return r;
}

/* The bits without sign. Rounds; a carry out of the fraction moves into the exponent, up to infinity. */
static inline uint64_t sf_pack(struct sf v, int mant, int32_t bias)
{
	const uint64_t inf = (uint64_t)(2 * bias + 1) << mant;
	const int guard = SF_TOP - mant;
	const uint64_t half = UINT64_C(1) << (guard - 1);
	int32_t field;
	uint64_t rest;

	if (v.kind == SF_ZERO)
		return 0;
	if (v.kind == SF_NAN)
		return inf | (UINT64_C(1) << (mant - 1));
	field = v.exp + bias;
	if (v.kind == SF_INF || field > 2 * bias)
		return inf;
	if (field < 1) {
		v.sig = sf_shift_sticky(v.sig, 1 - field);
		field = 1;
	}
	rest = v.sig & (2 * half - 1);
	v.sig >>= guard;
	if (rest > half || (rest == half && (v.sig & 1)))
		v.sig++;
	/* The leading one of a normal number adds the 1 that is taken off here. */
	return ((uint64_t)(field - 1) << mant) + v.sig;
}

static struct sf sf_unpack32(uint32_t a)
{
	return sf_unpack(a, a >> 31, 23, 127);
}

static struct sf sf_unpack64(uint64_t a)
{
	return sf_unpack(a, a >> 63, 52, 1023);
}

static uint32_t sf_pack32(struct sf v)
{
	return (uint32_t)sf_pack(v, 23, 127) | (v.sign && v.kind != SF_NAN ? WC_F32_SIGN : 0);
}

static uint64_t sf_pack64(struct sf v)
{
	return sf_pack(v, 52, 1023) | (v.sign && v.kind != SF_NAN ? WC_F64_SIGN : 0);
}

/* High half of the product; *low is the rest. */
static inline uint64_t sf_mul_64(uint64_t a, uint64_t b, uint64_t *low)
{
#if defined(__SIZEOF_INT128__) && !defined(WASMCORE_NO_INT128)
	__extension__ unsigned __int128 p = (unsigned __int128)a * b;

	*low = (uint64_t)p;
	return (uint64_t)(p >> 64);
#else
	const uint64_t mask = UINT32_MAX;
	uint64_t ll = (a & mask) * (b & mask);
	uint64_t lh = (a & mask) * (b >> 32);
	uint64_t hl = (a >> 32) * (b & mask);
	uint64_t hh = (a >> 32) * (b >> 32);
	uint64_t middle = (ll >> 32) + (lh & mask) + (hl & mask);

	*low = (middle << 32) | (ll & mask);
	return hh + (lh >> 32) + (hl >> 32) + (middle >> 32);
#endif
}

/*
 * One digit of a long division in base 2^32 (Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D):
 * *rest * 2^32 / v for *rest < v and v with its top bit set. The estimate is at most 2 too large.
 */
static inline uint64_t sf_div_digit(uint64_t *rest, uint64_t v)
{
	uint64_t high = v >> 32;
	uint64_t low = v & UINT32_MAX;
	uint64_t q = *rest / high;
	uint64_t r = *rest % high;

	while (q > UINT32_MAX || q * low > (r << 32)) {
		q--;
		r += high;
		if (r > UINT32_MAX)
			break;
	}
	*rest = (*rest << 32) - q * v;
	return q;
}

static struct sf sf_add(struct sf a, struct sf b)
{
	struct sf r;

	if (a.kind == SF_NAN || b.kind == SF_NAN)
		return sf_make(SF_NAN, false);
	if (a.kind == SF_INF)
		return b.kind == SF_INF && a.sign != b.sign ? sf_make(SF_NAN, false) : a;
	if (b.kind == SF_INF)
		return b;
	if (a.kind == SF_ZERO && b.kind == SF_ZERO)
		return sf_make(SF_ZERO, a.sign && b.sign);
	if (a.kind == SF_ZERO)
		return b;
	if (b.kind == SF_ZERO)
		return a;
	if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
		r = a;
		a = b;
		b = r;
	}
	b.sig = sf_shift_sticky(b.sig, a.exp - b.exp);
	if (a.sign == b.sign)
		return sf_normalize(a.sign, a.sig + b.sig, a.exp - SF_TOP);
	if (a.sig == b.sig)
		return sf_make(SF_ZERO, false);
	return sf_normalize(a.sign, a.sig - b.sig, a.exp - SF_TOP);
}

static struct sf sf_sub(struct sf a, struct sf b)
{
	b.sign = !b.sign;
	return sf_add(a, b);
}

static struct sf sf_mul(struct sf a, struct sf b)
{
	bool sign = a.sign != b.sign;
	uint64_t high;
	uint64_t low;

	if (a.kind == SF_NAN || b.kind == SF_NAN)
		return sf_make(SF_NAN, false);
	if (a.kind == SF_INF || b.kind == SF_INF)
		return sf_make(a.kind == SF_ZERO || b.kind == SF_ZERO ? SF_NAN : SF_INF, sign);
	if (a.kind == SF_ZERO || b.kind == SF_ZERO)
		return sf_make(SF_ZERO, sign);
	high = sf_mul_64(a.sig << 1, b.sig << 1, &low);
	return sf_normalize(sign, high | (low != 0), a.exp + b.exp - SF_TOP);
}

static struct sf sf_div(struct sf a, struct sf b)
{
	bool sign = a.sign != b.sign;
	uint64_t rest;
	uint64_t q;

	if (a.kind == SF_NAN || b.kind == SF_NAN)
		return sf_make(SF_NAN, false);
	if (a.kind == SF_INF)
		return sf_make(b.kind == SF_INF ? SF_NAN : SF_INF, sign);
	if (b.kind == SF_ZERO)
		return sf_make(a.kind == SF_ZERO ? SF_NAN : SF_INF, sign);
	if (a.kind == SF_ZERO || b.kind == SF_INF)
		return sf_make(SF_ZERO, sign);
	/* a.sig < 2 * b.sig, so the quotient has 63 or 64 bits. */
	rest = a.sig;
	q = sf_div_digit(&rest, b.sig << 1) << 32;
	q |= sf_div_digit(&rest, b.sig << 1);
	return sf_normalize(sign, q | (rest != 0), a.exp - b.exp - SF_TOP - 1);
}

/* `digits` of the root: those of the format and two more. The operand's own bits end before twice as many. */
static struct sf sf_sqrt(struct sf a, int digits)
{
	uint64_t root = 0;
	uint64_t rest = 0;
	uint64_t v = a.sig;
	int32_t exp = a.exp;
	int i;

	if (a.kind == SF_NAN || a.kind == SF_ZERO)
		return a;
	if (a.sign)
		return sf_make(SF_NAN, false);
	if (a.kind == SF_INF)
		return a;
	if (exp & 1) {
		v <<= 1;
		exp--;
	}
	/* Two bits of the operand give one of the root: rest = operand so far - root^2. */
	for (i = 0; i < digits; i++) {
		uint64_t trial = (root << 2) | 1;
		uint64_t fits;

		rest = (rest << 2) | (v >> 62);
		v <<= 2;
		fits = rest >= trial;
		rest -= fits ? trial : 0;
		root = (root << 1) | fits;
	}
	return sf_normalize(false, (root << 1) | (rest != 0), exp / 2 - digits);
}

#define SF_DEFINE_BINARY(op)						\
uint32_t wc_sf_f32_##op(uint32_t a, uint32_t b)				\
{									\
	return sf_pack32(sf_##op(sf_unpack32(a), sf_unpack32(b)));	\
}									\
									\
uint64_t wc_sf_f64_##op(uint64_t a, uint64_t b)				\
{									\
	return sf_pack64(sf_##op(sf_unpack64(a), sf_unpack64(b)));	\
}

SF_DEFINE_BINARY(add)
SF_DEFINE_BINARY(sub)
SF_DEFINE_BINARY(mul)
SF_DEFINE_BINARY(div)

uint32_t wc_sf_f32_sqrt(uint32_t a)
{
	return sf_pack32(sf_sqrt(sf_unpack32(a), 26));
}

uint64_t wc_sf_f64_sqrt(uint64_t a)
{
	return sf_pack64(sf_sqrt(sf_unpack64(a), 55));
}

/* 4.3.4 conversions between the formats */

uint32_t wc_sf_f32_demote_f64(uint64_t a)
{
	return sf_pack32(sf_unpack64(a));
}

uint64_t wc_sf_f64_promote_f32(uint32_t a)
{
	return sf_pack64(sf_unpack32(a));
}

/* 4.3.4 conversions from integers */

static struct sf sf_from_u64(uint64_t a)
{
	return a ? sf_normalize(false, a, 0) : sf_make(SF_ZERO, false);
}

static struct sf sf_from_s64(uint64_t a)
{
	return a >> 63 ? sf_normalize(true, 0 - a, 0) : sf_from_u64(a);
}

/* The sign bit, copied into the high half. */
static uint64_t sf_extend(uint32_t a)
{
	return a | (a >> 31 ? UINT64_C(0xffffffff00000000) : 0);
}

uint32_t wc_sf_f32_convert_i32_s(uint32_t a)
{
	return sf_pack32(sf_from_s64(sf_extend(a)));
}

uint32_t wc_sf_f32_convert_i32_u(uint32_t a)
{
	return sf_pack32(sf_from_u64(a));
}

uint32_t wc_sf_f32_convert_i64_s(uint64_t a)
{
	return sf_pack32(sf_from_s64(a));
}

uint32_t wc_sf_f32_convert_i64_u(uint64_t a)
{
	return sf_pack32(sf_from_u64(a));
}

uint64_t wc_sf_f64_convert_i32_s(uint32_t a)
{
	return sf_pack64(sf_from_s64(sf_extend(a)));
}

uint64_t wc_sf_f64_convert_i32_u(uint32_t a)
{
	return sf_pack64(sf_from_u64(a));
}

uint64_t wc_sf_f64_convert_i64_s(uint64_t a)
{
	return sf_pack64(sf_from_s64(a));
}

uint64_t wc_sf_f64_convert_i64_u(uint64_t a)
{
	return sf_pack64(sf_from_u64(a));
}

/* 4.3.4 conversions to integers: the largest magnitudes of either sign that fit the type */

struct sf_range {
	uint64_t positive;
	uint64_t negative;
};

static const struct sf_range sf_i32_s = { INT32_MAX, UINT64_C(1) << 31 };
static const struct sf_range sf_i32_u = { UINT32_MAX, 0 };
static const struct sf_range sf_i64_s = { INT64_MAX, UINT64_C(1) << 63 };
static const struct sf_range sf_i64_u = { UINT64_MAX, 0 };

/* *out is the result of the saturating conversion, whatever is returned. */
static enum wasmcore_trap sf_to_integer(struct sf a, const struct sf_range *range, uint64_t *out)
{
	uint64_t limit = a.sign ? range->negative : range->positive;
	uint64_t magnitude = 0;
	bool overflow = false;

	if (a.kind == SF_NAN) {
		*out = 0;
		return WASMCORE_TRAP_CONVERSION;
	}
	if (a.kind == SF_INF || a.exp > 63)
		overflow = true;
	else if (a.kind == SF_FINITE && a.exp >= 0)
		magnitude = a.exp > SF_TOP ? a.sig << 1 : a.sig >> (SF_TOP - a.exp);
	if (overflow || magnitude > limit) {
		overflow = true;
		magnitude = limit;
	}
	*out = a.sign ? 0 - magnitude : magnitude;
	return overflow ? WASMCORE_TRAP_OVERFLOW : WASMCORE_TRAP_NONE;
}

#define SF_DEFINE_TRUNC(int_type, uint_t, fmt, bits_t, width, sx)			\
uint_t wc_sf_##int_type##_trunc_sat_##fmt##_##sx(bits_t a)				\
{											\
	uint64_t r;									\
											\
	(void)sf_to_integer(sf_unpack##width(a), &sf_##int_type##_##sx, &r);		\
	return (uint_t)r;								\
}											\
											\
enum wasmcore_trap wc_sf_##int_type##_trunc_##fmt##_##sx(bits_t a, uint_t *out)		\
{											\
	uint64_t r;									\
	enum wasmcore_trap trap;							\
											\
	trap = sf_to_integer(sf_unpack##width(a), &sf_##int_type##_##sx, &r);		\
	if (trap == WASMCORE_TRAP_NONE)							\
		*out = (uint_t)r;							\
	return trap;									\
}

SF_DEFINE_TRUNC(i32, uint32_t, f32, uint32_t, 32, s)
SF_DEFINE_TRUNC(i32, uint32_t, f32, uint32_t, 32, u)
SF_DEFINE_TRUNC(i32, uint32_t, f64, uint64_t, 64, s)
SF_DEFINE_TRUNC(i32, uint32_t, f64, uint64_t, 64, u)
SF_DEFINE_TRUNC(i64, uint64_t, f32, uint32_t, 32, s)
SF_DEFINE_TRUNC(i64, uint64_t, f32, uint32_t, 32, u)
SF_DEFINE_TRUNC(i64, uint64_t, f64, uint64_t, 64, s)
SF_DEFINE_TRUNC(i64, uint64_t, f64, uint64_t, 64, u)
