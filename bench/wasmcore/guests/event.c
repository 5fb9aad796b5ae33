/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boundary: what a gadget's guest does with one event, and bare calls in both directions.
 * An event is six calls of the host: three scalars, a string in, a scalar and a string out. In between the guest hashes
 * the string (FNV-1a) and makes it upper case.
 */
#include "guest.h"

#ifndef __wasm__
#define host_get native_host_get
#define host_get_string native_host_get_string
#define host_set native_host_set
#define host_set_string native_host_set_string
#define host_nop native_host_nop
#endif

extern int64_t IMPORT(host_get)(int32_t field);
extern int32_t IMPORT(host_get_string)(int32_t field, char *to, int32_t size);
extern void IMPORT(host_set)(int32_t field, int64_t value);
extern void IMPORT(host_set_string)(int32_t field, const char *from, int32_t size);
extern int32_t IMPORT(host_nop)(int32_t value);

int32_t EXPORT(nop)(int32_t value)
{
	return value;
}

/* n calls of the host; each result is the next argument. */
int32_t EXPORT(call_host)(int32_t n)
{
	int32_t value = 0;

	for (int32_t i = 0; i < n; i++)
		value = host_nop(value);
	return value;
}

static char text[32], upper[32];

int32_t EXPORT(event)(int32_t record)
{
	int64_t pid = host_get(0);
	int64_t uid = host_get(1);
	int64_t bytes = host_get(2);
	int32_t size = host_get_string(3, text, sizeof(text));
	uint32_t hash = 2166136261u;

	for (int32_t i = 0; i < size; i++) {
		char c = text[i];

		hash = (hash ^ (uint8_t)c) * 16777619u;
		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	host_set(4, pid + uid + bytes + hash);
	host_set_string(5, upper, size);
	return (int32_t)(hash + (uint32_t)record);
}
