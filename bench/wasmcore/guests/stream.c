/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores over 1 MiB, n times: a sum of words, a walk with a stride of 68 bytes that writes, a copy by words.
 * Built with -fno-builtin, so that the copy stays a loop.
 */
#include "guest.h"

#define WORDS (1u << 17)
static uint64_t from[WORDS / 2], to[WORDS / 2];

int32_t EXPORT(stream)(int32_t n)
{
	uint32_t *words = (uint32_t *)from;
	uint32_t seed = 7;
	uint64_t total = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		words[i] = next_random(&seed);
	for (int32_t round = 0; round < n; round++) {
		uint32_t sum = (uint32_t)round;

		for (uint32_t i = 0; i < WORDS; i++)
			sum += words[i];
		for (uint32_t i = sum % 17; i < WORDS; i += 17)
			words[i] ^= sum;
		for (uint32_t i = 0; i < WORDS / 2; i++)
			to[i] = from[i];
		total = total * 31 + sum + to[sum % (WORDS / 2)];
	}
	return (int32_t)(total ^ total >> 32);
}

SMALL_RUN(stream)
