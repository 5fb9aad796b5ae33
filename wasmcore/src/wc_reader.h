/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reading values of the binary format (specification 5.2). Every byte of a module is read through these functions:
 * they are where bounds and the forms of numbers are checked. On false the error is set.
 */
#ifndef WC_READER_H
#define WC_READER_H

#include "wc_internal.h"

bool wc_read_u32_slow(struct wc_load *l, u32 *out);
bool wc_read_signed(struct wc_load *l, u32 bits, s64 *out);

static inline u32 wc_offset(const struct wc_load *l)
{
	return (u32)(l->pos - l->m->bytes);
}

static inline size_t wc_left(const struct wc_load *l)
{
	return (size_t)(l->end - l->pos);
}

static inline bool wc_read_end(struct wc_load *l)
{
	return wc_fail(l, WASMCORE_E_MALFORMED, "unexpected end");
}

static inline bool wc_read_u8(struct wc_load *l, u8 *out)
{
	if (WC_UNLIKELY(l->pos == l->end))
		return wc_read_end(l);
	*out = *l->pos++;
	return true;
}

static inline bool wc_read_u32(struct wc_load *l, u32 *out)
{
	if (WC_LIKELY(l->pos != l->end && *l->pos < 0x80)) {
		*out = *l->pos++;
		return true;
	}
	return wc_read_u32_slow(l, out);
}

static inline bool wc_read_s32(struct wc_load *l, u32 *out)
{
	s64 v;

	if (WC_LIKELY(l->pos != l->end && *l->pos < 0x80)) {
		*out = (u32)((s32)((u32)*l->pos++ << 25) >> 25);
		return true;
	}
	if (!wc_read_signed(l, 32, &v))
		return false;
	*out = (u32)v;
	return true;
}

static inline bool wc_read_s64(struct wc_load *l, u64 *out)
{
	s64 v;

	if (!wc_read_signed(l, 64, &v))
		return false;
	*out = (u64)v;
	return true;
}

/* `size` bytes as they are. */
bool wc_read_bytes(struct wc_load *l, size_t size, const u8 **out);

/* A name (5.2.4): checked UTF-8; its place in the module's bytes. */
bool wc_read_name(struct wc_load *l, u32 *offset, u32 *size);

bool wc_read_value_type(struct wc_load *l, u8 *out);
bool wc_read_ref_type(struct wc_load *l, u8 *out);

/* How many entries follow, refused when above the limit, or above what the bytes left can hold. */
bool wc_read_count(struct wc_load *l, u32 limit, const char *name, u32 *out);

/* Notes that the module uses floats or SIMD; false when the host denied it. */
bool wc_use_floats(struct wc_load *l);
bool wc_use_simd(struct wc_load *l);

#endif
