/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Messages without a C library, and the names of statuses and traps. */
#include "wc_internal.h"

void wc_text_init(struct wc_text *t, char *buffer, size_t size)
{
	t->at = buffer;
	t->end = buffer + size - 1;
	*buffer = 0;
}

void wc_text_bytes(struct wc_text *t, const char *s, size_t n)
{
	for (; n && t->at < t->end; n--, s++)
		*t->at++ = *s >= ' ' && *s < 0x7f ? *s : '?';
	*t->at = 0;
}

void wc_text_add(struct wc_text *t, const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	wc_text_bytes(t, s, n);
}

static void add_number(struct wc_text *t, u64 n, u32 base)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	wc_text_bytes(t, digits + at, sizeof(digits) - at);
}

void wc_text_u64(struct wc_text *t, u64 n)
{
	add_number(t, n, 10);
}

void wc_text_hex(struct wc_text *t, u64 n)
{
	wc_text_add(t, "0x");
	add_number(t, n, 16);
}

const char *wasmcore_trap_text(enum wasmcore_trap trap)
{
	static const char *const texts[WASMCORE_TRAP_COUNT] = {
		[WASMCORE_TRAP_NONE] = "no trap",
		[WASMCORE_TRAP_UNREACHABLE] = "unreachable",
		[WASMCORE_TRAP_MEMORY] = "out of bounds memory access",
		[WASMCORE_TRAP_TABLE] = "out of bounds table access",
		[WASMCORE_TRAP_UNDEFINED_ELEMENT] = "undefined element",
		[WASMCORE_TRAP_NULL_ELEMENT] = "uninitialized element",
		[WASMCORE_TRAP_SIGNATURE] = "indirect call type mismatch",
		[WASMCORE_TRAP_DIVIDE_BY_ZERO] = "integer divide by zero",
		[WASMCORE_TRAP_OVERFLOW] = "integer overflow",
		[WASMCORE_TRAP_CONVERSION] = "invalid conversion to integer",
		[WASMCORE_TRAP_STACK] = "call stack exhausted",
		[WASMCORE_TRAP_FUEL] = "out of fuel",
		[WASMCORE_TRAP_INTERRUPTED] = "interrupted",
		[WASMCORE_TRAP_NESTING] = "host and guest call each other too deeply",
		[WASMCORE_TRAP_HOST] = "host function failed",
		[WASMCORE_TRAP_EXIT] = "exit",
		[WASMCORE_TRAP_USAGE] = "call does not fit the function or the instance",
	};

	return (unsigned int)trap < WASMCORE_TRAP_COUNT ? texts[trap] : "unknown trap";
}

const char *wasmcore_status_text(enum wasmcore_status status)
{
	static const char *const texts[] = {
		[WASMCORE_OK] = "ok",
		[WASMCORE_E_MALFORMED] = "malformed",
		[WASMCORE_E_INVALID] = "invalid",
		[WASMCORE_E_LIMIT] = "limit exceeded",
		[WASMCORE_E_DENIED] = "denied",
		[WASMCORE_E_NOMEM] = "out of memory",
		[WASMCORE_E_LINK] = "link error",
		[WASMCORE_E_TRAP] = "trap",
	};

	return (unsigned int)status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "unknown status";
}
