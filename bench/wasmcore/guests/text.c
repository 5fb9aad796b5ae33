/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest of ordinary size that uses its C library (wasi-libc): n records are formatted, sorted and parsed again. It is
 * there to be loaded and instantiated: its machine code natively would be that of another library.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define RECORDS 64

static char records[RECORDS][64];

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int32_t EXPORT(text)(int32_t n)
{
	uint32_t seed = 3;
	int32_t total = 0;

	for (int32_t round = 0; round < n; round++) {
		for (int i = 0; i < RECORDS; i++)
			snprintf(records[i], sizeof(records[i]), "%-8s %05u %.3f %x", i % 2 ? "open" : "exec", next_random(&seed) % 100000,
				 seed % 1000 / 8.0, seed);
		qsort(records, RECORDS, sizeof(records[0]), compare);
		for (int i = 0; i < RECORDS; i++)
			total += atoi(records[i] + 9) + (int32_t)strtod(records[i] + 15, NULL);
	}
	return total;
}
