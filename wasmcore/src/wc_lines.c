/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * From a place in translated code to the byte of the module: pairs in ascending order of units, each as the difference
 * to the pair before. One byte holds both when they are small (units in the high half, bytes in the low half, both
 * below 15); 0xff announces two LEB128 numbers.
 */
#include "wc_internal.h"

static size_t put_leb(u8 *out, size_t at, u32 v)
{
	do {
		u8 byte = v & 0x7f;

		v >>= 7;
		if (out)
			out[at] = v ? byte | 0x80 : byte;
		at++;
	} while (v);
	return at;
}

static u32 get_leb(const u8 *in, u32 *at)
{
	u32 v = 0, shift = 0;
	u8 byte;

	do {
		byte = in[(*at)++];
		v |= (u32)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return v;
}

size_t wc_lines_encode(const struct wc_line *lines, size_t n, u8 *out)
{
	struct wc_line before = { 0, n ? lines[0].offset : 0 };
	size_t at = put_leb(out, 0, before.offset), i;

	for (i = 0; i < n; i++) {
		u32 units = lines[i].unit - before.unit, bytes = lines[i].offset - before.offset;

		if (units < 15 && bytes < 15) {
			if (out)
				out[at] = (u8)(units << 4 | bytes);
			at++;
		} else {
			if (out)
				out[at] = 0xff;
			at = put_leb(out, put_leb(out, at + 1, units), bytes);
		}
		before = lines[i];
	}
	return at;
}

u32 wc_lines_find(const struct wc_code *code, u32 unit)
{
	u32 at = 0, offset = get_leb(code->lines, &at), start = 0, found = offset;

	while (at < code->lines_size) {
		u8 byte = code->lines[at++];

		if (byte == 0xff) {
			start += get_leb(code->lines, &at);
			offset += get_leb(code->lines, &at);
		} else {
			start += byte >> 4;
			offset += byte & 15;
		}
		if (start > unit)
			break;
		found = offset;
	}
	return found;
}
