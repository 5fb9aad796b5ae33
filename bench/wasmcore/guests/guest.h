/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the benchmark guests share. Each is one C file without a library that is built twice from the same source: for
 * wasm32 (exports by name, imports from "env"), and natively with every export renamed to native_NAME.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name))) name
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name))) name
#else
#define EXPORT(name) native_##name
#define IMPORT(name) native_##name
#endif

/* For engines that can only call functions without parameters: one round of size SMALL. */
#ifdef SMALL
#define SMALL_RUN(name)                                                                \
	int32_t __attribute__((export_name("small"))) small(void)                      \
	{                                                                              \
		return name(SMALL);                                                    \
	}
#else
#define SMALL_RUN(name)
#endif

/* A generator of numbers without a pattern (xorshift). */
static inline uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

#endif
