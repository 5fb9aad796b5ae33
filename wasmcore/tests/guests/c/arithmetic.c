/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Corner cases of arithmetic on 8 to 128 bits, conversions and comparisons of floats, vectors.
 * guest-exit: 0
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __wasm__
/* Debian's compiler-rt for wasm32 was built with a stack protector, which its wasi-libc does not have. */
void *__stack_chk_guard __attribute__((weak)) = (void *)0x5afe;
void __attribute__((weak)) __stack_chk_fail(void)
{
	__builtin_trap();
}
#endif

static const int64_t values[] = { 0,	     1,		  -1,	      2,	 -2,	   3,		7,	   10,
				  -10,	     63,	  64,	      255,	 -128,	   INT32_MAX,	INT32_MIN, UINT32_MAX,
				  1LL << 32, -(1LL << 33), INT64_MAX, INT64_MIN, 1234567890123456789LL };
#define COUNT (sizeof(values) / sizeof(*values))

static uint64_t hash = 14695981039346656037u;

static void mix(uint64_t value)
{
	hash = (hash ^ value) * 1099511628211u;
	hash ^= hash >> 29;
}

static void say(const char *what)
{
	printf("%-12s %016" PRIx64 "\n", what, hash);
}

static void __attribute__((noinline)) divide(int64_t a, int64_t b)
{
	if (b && !(a == INT64_MIN && b == -1)) {
		mix((uint64_t)(a / b));
		mix((uint64_t)(a % b));
	}
	if (b) {
		mix((uint64_t)a / (uint64_t)b);
		mix((uint64_t)a % (uint64_t)b);
	}
	if ((int32_t)b && !((int32_t)a == INT32_MIN && (int32_t)b == -1)) {
		mix((uint64_t)((int32_t)a / (int32_t)b));
		mix((uint64_t)((int32_t)a % (int32_t)b));
	}
	if ((uint32_t)b) {
		mix((uint32_t)a / (uint32_t)b);
		mix((uint32_t)a % (uint32_t)b);
	}
	mix((uint64_t)(a % 7 + a / -7 + a / 1000 + a % 64));
	mix((uint64_t)((int32_t)a / 3 + (int32_t)a % -5) + (uint32_t)a / 10);
}

static void __attribute__((noinline)) integers(int64_t a, int64_t b)
{
	uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
	unsigned n = (unsigned)b & 63;
	__int128 wide;
	unsigned __int128 uwide;

	mix(ua + ub);
	mix(ua - ub);
	mix(ua * ub);
	mix((uint32_t)a * (uint32_t)b);
	mix(ua << n | ua >> (-n & 63));
	mix((uint64_t)(a >> n));
	mix((uint32_t)a << (n & 31) | (uint32_t)((int32_t)b >> (n & 31)));
	mix((uint64_t)(int8_t)a + (uint64_t)(int16_t)b + (uint64_t)(int32_t)a + (uint8_t)b);
	mix((uint64_t)(a < b) << 3 | (uint64_t)(ua < ub) << 2 | (uint64_t)(a <= b) << 1 | (uint64_t)((uint32_t)a > (uint32_t)b));
	mix((uint64_t)__builtin_popcountll(ua) << 32 | (uint64_t)__builtin_popcount((uint32_t)b));
	if (ua && (uint32_t)b)
		mix((uint64_t)__builtin_clzll(ua) << 24 | (uint64_t)__builtin_ctzll(ua) << 16 |
		    (uint64_t)__builtin_clz((uint32_t)b) << 8 | (uint64_t)__builtin_ctz((uint32_t)b));
	mix(__builtin_bswap64(ua) ^ __builtin_bswap32((uint32_t)b));
	wide = (__int128)a * b + a;
	uwide = (unsigned __int128)ua * ub + ub;
	mix((uint64_t)(wide >> 64) ^ (uint64_t)wide);
	mix((uint64_t)(uwide >> 64) ^ (uint64_t)uwide);
	if (b) {
		mix((uint64_t)(wide / b));
		mix((uint64_t)(uwide % ub));
	}
}

static void __attribute__((noinline)) floats(double x, double y)
{
	float f = (float)x, g = (float)y;
	uint64_t bits;
	double all[] = { x + y, x - y, x * y, x / y, sqrt(fabs(x)), floor(x), ceil(y), trunc(x), nearbyint(y), copysign(x, y), fmin(x, y),
			 fmax(x, y), (double)(f * g), (double)(f / g), (double)sqrtf(fabsf(g)), (double)floorf(f) };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		memcpy(&bits, &all[i], 8);
		mix(isnan(all[i]) ? 1 : all[i] == 0 ? 2 : bits); /* NaN and the sign of fmin(0, -0) are not defined */
	}
	mix((uint64_t)(x < y) | (uint64_t)(x <= y) << 1 | (uint64_t)(x == y) << 2 | (uint64_t)(x != y) << 3 | (uint64_t)(f > g) << 4 |
	    (uint64_t)(f >= g) << 5);
	if (fabs(x) < 2e9)
		mix((uint64_t)(int32_t)x + (uint64_t)(int32_t)f);
	if (fabs(x) < 9e18)
		mix((uint64_t)(int64_t)x);
	if (y >= 0 && y < 1.8e19)
		mix((uint64_t)y);
	if (y >= 0 && y < 4e9)
		mix((uint32_t)y);
}

typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));

static void __attribute__((noinline)) vectors(const uint32_t *words)
{
	i32x4 a, b, mask;
	u8x16 bytes;
	f32x4 f;
	f64x2 d = { 1.5, -0.25 };

	memcpy(&a, words, 16);
	memcpy(&b, words + 4, 16);
	memcpy(&bytes, words + 8, 16);
	mask = a < b;
	a = (a & mask) | (b & ~mask);
	b = (i32x4)((u8x16)a + (bytes ^ 0x5a)) * 3 - (a >> 5);
	bytes = __builtin_shufflevector(bytes, (u8x16)b, 0, 17, 2, 19, 4, 21, 6, 23, 31, 9, 29, 11, 27, 13, 25, 15);
	f = __builtin_convertvector(b & 0xffff, f32x4) * 0.5f + 1.0f;
	d = d * (f64x2){ (double)f[0], (double)f[3] } - (f64x2){ 0.125, 3.0 };
	for (int i = 0; i < 4; i++)
		mix((uint32_t)b[i] ^ (uint64_t)(uint32_t)mask[i] << 32 ^ (uint64_t)(f[i] * 8));
	for (int i = 0; i < 16; i++)
		mix(bytes[i]);
	mix((uint64_t)(int64_t)(d[0] * 16) ^ (uint64_t)(int64_t)(d[1] * 16));
}

int main(void)
{
	static const double doubles[] = { 0.0, -0.0, 1.0, -1.5, 2.5, 0.1, 1e-310, 4294967295.0, -2147483648.5, 9.2e18, 1e300, -1e-300,
					  1e10, INFINITY, -INFINITY, NAN };
	uint32_t words[12], seed = 5;
	uint64_t quotient = 0;

	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < COUNT; j++)
			divide(values[i], values[j]);
	say("division");
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < COUNT; j++)
			integers(values[i], values[j]);
	say("integers");
	for (size_t i = 0; i < 16; i++)
		for (size_t j = 0; j < 16; j++)
			floats(doubles[i], doubles[j]);
	say("floats");
	for (int i = 0; i < 200; i++) {
		for (int j = 0; j < 12; j++)
			words[j] = seed = seed * 1664525 + 1013904223;
		vectors(words);
	}
	say("vectors");
	for (int64_t i = 1; i < 2000; i++)
		quotient += (uint64_t)(INT64_MAX / i) ^ (uint64_t)(INT64_MIN % i);
	printf("%" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIx64 "\n", quotient, INT64_MIN, UINT64_MAX, quotient);
	return 0;
}
