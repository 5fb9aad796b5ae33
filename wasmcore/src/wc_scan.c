/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Reading instructions by their form alone (5.4), to tell what is malformed from what is invalid. */
#include "wc_simd.h"
#include "wc_translate.h"

bool wc_is_opcode(u8 op)
{
	return op <= 0x05 || (op >= 0x0b && op <= 0x11) || (op >= 0x1a && op <= 0x1c) || (op >= 0x20 && op <= 0x26) ||
	       (op >= 0x3f && op <= 0x44) || (op >= 0xd0 && op <= 0xd2) || op == 0xfc || op == 0xfd ||
	       wc_opcodes[op].class != WC_CLASS_NONE;
}

static bool skip_u32(struct wc_load *l, u32 n)
{
	u32 v;

	while (n--)
		if (!wc_read_u32(l, &v))
			return false;
	return true;
}

static bool skip_bytes(struct wc_load *l, u32 n)
{
	const u8 *bytes;

	return wc_read_bytes(l, n, &bytes);
}

static bool skip_block_type(struct wc_load *l)
{
	u8 type;
	s64 index;

	if (l->pos == l->end)
		return wc_read_end(l);
	if (*l->pos == 0x40)
		return skip_bytes(l, 1);
	if ((*l->pos & 0xc0) == 0x40)
		return wc_read_value_type(l, &type);
	return wc_read_signed(l, 33, &index);
}

static bool skip_vector(struct wc_load *l, bool types)
{
	u32 n;
	u8 type;

	if (!wc_read_u32(l, &n))
		return false;
	while (n--)
		if (types ? !wc_read_value_type(l, &type) : !skip_u32(l, 1))
			return false;
	return true;
}

static bool skip_fc(struct wc_load *l)
{
	static const u8 numbers[18] = { [8] = 2, [9] = 1, [10] = 2, [11] = 1, [12] = 2, [13] = 1, [14] = 2,
					[15] = 1, [16] = 1, [17] = 1 };
	u32 op;

	if (!wc_read_u32(l, &op))
		return false;
	return op < 18 ? skip_u32(l, numbers[op]) : wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
}

static bool skip_fd(struct wc_load *l)
{
	u32 op;

	if (!wc_read_u32(l, &op))
		return false;
	if (op >= 256 || !wc_simd_ops[op].name)
		return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
	switch (wc_simd_ops[op].shape) {
	case WC_SIMD_LOAD:
	case WC_SIMD_STORE:
		return skip_u32(l, 2);
	case WC_SIMD_LOAD_LANE:
	case WC_SIMD_STORE_LANE:
		return skip_u32(l, 2) && skip_bytes(l, 1);
	case WC_SIMD_CONST:
	case WC_SIMD_SHUFFLE:
		return skip_bytes(l, 16);
	default:
		return skip_bytes(l, wc_simd_ops[op].nlanes ? 1 : 0);
	}
}

static bool skip_immediates(struct wc_load *l, u8 op)
{
	u64 number;
	u32 v;

	switch (op) {
	case 0x02:
	case 0x03:
	case 0x04:
		return skip_block_type(l);
	case 0x0e:
		return skip_vector(l, false) && skip_u32(l, 1);
	case 0x1c:
		return skip_vector(l, true);
	case 0x11:
		return skip_u32(l, 2);
	case 0x0c:
	case 0x0d:
	case 0x10:
	case 0xd2:
		return skip_u32(l, 1);
	case 0x3f:
	case 0x40:
	case 0xd0:
		return skip_bytes(l, 1);
	case 0x41:
		return wc_read_s32(l, &v);
	case 0x42:
		return wc_read_s64(l, &number);
	case 0x43:
		return skip_bytes(l, 4);
	case 0x44:
		return skip_bytes(l, 8);
	case 0xfc:
		return skip_fc(l);
	case 0xfd:
		return skip_fd(l);
	default:
		if (op >= 0x20 && op <= 0x26)
			return skip_u32(l, 1);
		if (wc_opcodes[op].class == WC_CLASS_LOAD || wc_opcodes[op].class == WC_CLASS_STORE)
			return skip_u32(l, 2);
		return true;
	}
}

bool wc_scan_body(struct wc_load *l)
{
	u32 depth = 1;

	while (depth) {
		u8 op;

		if (!wc_read_u8(l, &op))
			return false;
		if (!wc_is_opcode(op))
			return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
		if (op >= 0x02 && op <= 0x04)
			depth++;
		if (op == 0x0b)
			depth--;
		if (!skip_immediates(l, op))
			return false;
	}
	if (l->pos != l->end)
		return wc_fail(l, WASMCORE_E_MALFORMED, "section size mismatch");
	return true;
}

bool wc_has_data_section(const struct wc_load *l)
{
	struct wasmcore_error err;
	struct wc_load rest = *l;

	rest.err = &err;
	rest.pos = l->section_end;
	rest.end = l->m->bytes + l->m->size;
	while (rest.pos != rest.end) {
		u32 size;
		u8 id;

		if (!wc_read_u8(&rest, &id) || !wc_read_u32(&rest, &size) || size > wc_left(&rest))
			return false;
		if (id == 11)
			return true;
		rest.pos += size;
	}
	return false;
}
