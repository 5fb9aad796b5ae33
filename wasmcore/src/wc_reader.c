/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#include "wc_reader.h"

WC_COLD void wc_set_error(struct wc_load *l, enum wasmcore_status status, const char *message)
{
	struct wc_text t;

	l->err->status = status;
	l->err->trap = WASMCORE_TRAP_NONE;
	l->err->offset = wc_offset(l);
	l->err->function = l->function;
	wc_text_init(&t, l->err->message, sizeof(l->err->message));
	wc_text_add(&t, message);
}

WC_COLD void wc_set_limit_error(struct wc_load *l, const char *name, u64 value, u64 limit)
{
	struct wc_text t;

	wc_set_error(l, WASMCORE_E_LIMIT, "");
	wc_text_init(&t, l->err->message, sizeof(l->err->message));
	wc_text_u64(&t, value);
	wc_text_add(&t, " ");
	wc_text_add(&t, name);
	wc_text_add(&t, ": the limit is ");
	wc_text_u64(&t, limit);
}

/* LEB128 (5.2.2): at most ceil(bits / 7) bytes, and no bits beyond the width in the last one. */
bool wc_read_u32_slow(struct wc_load *l, u32 *out)
{
	u32 result = 0;
	u32 shift;

	for (shift = 0; shift < 35; shift += 7) {
		u8 byte;

		if (!wc_read_u8(l, &byte))
			return false;
		if (shift == 28 && byte & 0x70 && !(byte & 0x80))
			return wc_fail(l, WASMCORE_E_MALFORMED, "integer too large");
		result |= (u32)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = result;
			return true;
		}
	}
	return wc_fail(l, WASMCORE_E_MALFORMED, "integer representation too long");
}

bool wc_read_signed(struct wc_load *l, u32 bits, s64 *out)
{
	u64 result = 0;
	u32 shift = 0;

	for (;;) {
		u8 byte;

		if (!wc_read_u8(l, &byte))
			return false;
		if (shift + 7 > bits) {
			/* The last byte: the bits beyond the width repeat the sign. */
			u32 used = bits - shift;
			u32 beyond = (byte & 0x7fu) >> (used - 1);

			if (byte & 0x80)
				return wc_fail(l, WASMCORE_E_MALFORMED, "integer representation too long");
			if (beyond && beyond != 0x7fu >> (used - 1))
				return wc_fail(l, WASMCORE_E_MALFORMED, "integer too large");
		}
		result |= (u64)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80)) {
			if (shift < 64 && byte & 0x40)
				result |= ~(u64)0 << shift;
			*out = (s64)result;
			return true;
		}
	}
}

bool wc_read_bytes(struct wc_load *l, size_t size, const u8 **out)
{
	if (size > wc_left(l))
		return wc_read_end(l);
	*out = l->pos;
	l->pos += size;
	return true;
}

/* One character of UTF-8 (Unicode 15, table 3-7): its length, 0 when ill-formed. */
static u32 utf8_length(const u8 *s, size_t left)
{
	u8 low = 0x80, high = 0xbf;
	u32 n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf0)
		low = 0x90;
	if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool wc_read_name(struct wc_load *l, u32 *offset, u32 *size)
{
	const u8 *s;
	u32 n, at;

	if (!wc_read_u32(l, &n))
		return false;
	if (n > wc_left(l))
		return wc_fail(l, WASMCORE_E_MALFORMED, "length out of bounds");
	*offset = wc_offset(l);
	*size = n;
	if (!wc_read_bytes(l, n, &s))
		return false;
	for (at = 0; at < n;) {
		u32 length = utf8_length(s + at, n - at);

		if (!length)
			return wc_fail(l, WASMCORE_E_MALFORMED, "malformed UTF-8 encoding");
		at += length;
	}
	return true;
}

bool wc_use_floats(struct wc_load *l)
{
	l->m->uses_floats = true;
	if (l->m->deny & WASMCORE_DENY_FLOATS)
		return wc_fail(l, WASMCORE_E_DENIED, "floating point is not allowed here");
	return true;
}

bool wc_use_simd(struct wc_load *l)
{
	l->m->uses_simd = true;
	if (l->m->deny & WASMCORE_DENY_SIMD)
		return wc_fail(l, WASMCORE_E_DENIED, "SIMD is not allowed here");
	return true;
}

bool wc_read_value_type(struct wc_load *l, u8 *out)
{
	if (!wc_read_u8(l, out))
		return false;
	switch (*out) {
	case WASMCORE_I32:
	case WASMCORE_I64:
	case WASMCORE_FUNCREF:
	case WASMCORE_EXTERNREF:
		return true;
	case WASMCORE_F32:
	case WASMCORE_F64:
		return wc_use_floats(l);
	case WASMCORE_V128:
		return wc_use_simd(l);
	default:
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed value type");
	}
}

bool wc_read_ref_type(struct wc_load *l, u8 *out)
{
	if (!wc_read_u8(l, out))
		return false;
	if (!wc_is_ref(*out))
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed reference type");
	return true;
}

bool wc_read_count(struct wc_load *l, u32 limit, const char *name, u32 *out)
{
	if (!wc_read_u32(l, out))
		return false;
	if (*out > wc_left(l))		/* each entry has a byte at least */
		return wc_fail(l, WASMCORE_E_MALFORMED, "length out of bounds");
	if (*out > limit)
		return wc_fail_limit(l, name, *out, limit);
	return true;
}
