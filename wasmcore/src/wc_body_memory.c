/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Instructions on memories and tables as a whole (5.4.4, 5.4.5, prefix 0xfc), and vectors (5.4.8, prefix 0xfd). */
#include "wc_translate.h"
#include "wc_simd.h"

static bool check_memory(struct wc_load *l)
{
	return l->m->nmemories || wc_invalid(l, "unknown memory");
}

static bool check_table(struct wc_load *l, u32 table)
{
	return table < l->m->ntables || wc_invalid(l, "unknown table");
}

bool wc_read_memarg(struct wc_load *l, u32 max_align, u32 *offset)
{
	u32 align;

	if (!wc_read_u32(l, &align) || !wc_read_u32(l, offset) || !check_memory(l))
		return false;
	if (align > max_align)
		return align >= 32 ? wc_fail(l, WASMCORE_E_MALFORMED, "malformed memop flags") :
				     wc_invalid(l, "alignment must not be larger than natural");
	return true;
}

static bool read_zero(struct wc_load *l)
{
	u8 byte;

	if (!wc_read_u8(l, &byte))
		return false;
	return !byte || wc_fail(l, WASMCORE_E_MALFORMED, "zero byte expected");
}

/* Ends an instruction with the slot of a new operand. */
static bool push_result(struct wc_load *l, u8 type, u32 start, bool in_acc)
{
	struct wc_translator *t = l->translator;

	if (!wc_push(l, type))
		return false;
	wc_unit(t, wc_top(t, 0)->slot);
	wc_note_result(t, start, wc_top(t, 0)->slot, (u8)wc_type_slots(type), in_acc, false);
	return true;
}

bool wc_translate_memory(struct wc_load *l, u8 op)
{
	struct wc_translator *t = l->translator;
	struct wc_value v;
	u32 start;
	u16 slot = 0;

	if (!read_zero(l) || !check_memory(l))
		return false;
	if (op == 0x40) {
		if (!wc_pop(l, WASMCORE_I32, &v))
			return false;
		if (!t->dead && !wc_in_slot(l, &v, &slot))
			return false;
	}
	if (t->dead)
		return wc_push(l, WASMCORE_I32);
	start = t->len;
	if (!wc_begin(l, op == 0x3f ? WC_MEMORY_SIZE : WC_MEMORY_GROW))
		return false;
	if (op == 0x40)
		wc_unit(t, slot);
	return push_result(l, WASMCORE_I32, start, true);
}

bool wc_translate_table(struct wc_load *l, u8 op)
{
	struct wc_translator *t = l->translator;
	struct wc_value index, v;
	u32 table, start;
	u16 index_slot, slot;
	u8 type;

	if (!wc_read_u32(l, &table) || !check_table(l, table))
		return false;
	type = l->m->tables[table].type;
	if (op == 0x26) {
		if (!wc_pop(l, type, &v) || !wc_pop(l, WASMCORE_I32, &index))
			return false;
		if (t->dead)
			return true;
		if (!wc_in_slot(l, &index, &index_slot) || !wc_in_slot(l, &v, &slot) || !wc_begin(l, WC_TABLE_SET))
			return false;
		wc_unit(t, table);
		wc_unit(t, index_slot);
		wc_unit(t, slot);
		return true;
	}
	if (!wc_pop(l, WASMCORE_I32, &index))
		return false;
	if (t->dead)
		return wc_push(l, type);
	if (!wc_in_slot(l, &index, &index_slot))
		return false;
	start = t->len;
	if (!wc_begin(l, WC_TABLE_GET))
		return false;
	wc_unit(t, table);
	wc_unit(t, index_slot);
	return push_result(l, type, start, true);
}

/* Takes three operands (types as given), which are put into consecutive slots from *base on. */
static bool take_three(struct wc_load *l, u8 a, u8 b, u8 c, u16 *base)
{
	const u8 types[3] = { a, b, c };
	struct wc_translator *t = l->translator;

	if (!wc_check_top(l, types, 3) || !wc_flush_top(l, 3))
		return false;
	*base = t->dead ? 0 : wc_top(t, 2)->slot;
	return wc_pop_types(l, types, 3);
}

static bool read_data_index(struct wc_load *l, u32 *data)
{
	if (!wc_read_u32(l, data))
		return false;
	if (l->data_count == WC_NONE && wc_has_data_section(l))
		return wc_fail(l, WASMCORE_E_MALFORMED, "data count section required");
	if (l->data_count == WC_NONE)
		return wc_invalid(l, "unknown data segment");
	return *data < l->data_count || wc_invalid(l, "unknown data segment");
}

static bool read_element_index(struct wc_load *l, u32 *element)
{
	return wc_read_u32(l, element) && (*element < l->m->nelements || wc_invalid(l, "unknown elem segment"));
}

/* An instruction whose operands are units and the slot of the first of three values. */
static bool emit_bulk(struct wc_load *l, u16 op, u32 nunits, const u16 *units, u16 base, bool has_base)
{
	struct wc_translator *t = l->translator;
	u32 i;

	if (t->dead)
		return true;
	if (!wc_begin(l, op))
		return false;
	for (i = 0; i < nunits; i++)
		wc_unit(t, units[i]);
	if (has_base)
		wc_unit(t, base);
	return true;
}

static bool translate_memory_bulk(struct wc_load *l, u32 op)
{
	const u8 i32 = WASMCORE_I32;
	u16 base = 0, units[2];
	u32 data = 0;

	switch (op) {
	case 8:			/* memory.init */
		if (!read_data_index(l, &data) || !read_zero(l) || !check_memory(l) ||
		    !take_three(l, i32, i32, i32, &base))
			return false;
		wc_put32(units, data);
		return emit_bulk(l, WC_MEMORY_INIT, 2, units, base, true);
	case 9:			/* data.drop */
		if (!read_data_index(l, &data))
			return false;
		wc_put32(units, data);
		return emit_bulk(l, WC_DATA_DROP, 2, units, 0, false);
	case 10:		/* memory.copy */
		return read_zero(l) && read_zero(l) && check_memory(l) && take_three(l, i32, i32, i32, &base) &&
		       emit_bulk(l, WC_MEMORY_COPY, 0, units, base, true);
	default:		/* memory.fill */
		return read_zero(l) && check_memory(l) && take_three(l, i32, i32, i32, &base) &&
		       emit_bulk(l, WC_MEMORY_FILL, 0, units, base, true);
	}
}

static bool translate_table_init(struct wc_load *l)
{
	const u8 i32 = WASMCORE_I32;
	u32 element, table;
	u16 base, units[3];

	if (!wc_read_u32(l, &element) || !wc_read_u32(l, &table) || !check_table(l, table))
		return false;
	if (element >= l->m->nelements)
		return wc_invalid(l, "unknown elem segment");
	if (l->m->elements[element].type != l->m->tables[table].type)
		return wc_invalid(l, "type mismatch");
	if (!take_three(l, i32, i32, i32, &base))
		return false;
	units[0] = (u16)table;
	wc_put32(units + 1, element);
	return emit_bulk(l, WC_TABLE_INIT, 3, units, base, true);
}

static bool translate_table_copy(struct wc_load *l)
{
	const u8 i32 = WASMCORE_I32;
	u32 to, from;
	u16 base, units[2];

	if (!wc_read_u32(l, &to) || !wc_read_u32(l, &from) || !check_table(l, to) || !check_table(l, from))
		return false;
	if (l->m->tables[to].type != l->m->tables[from].type)
		return wc_invalid(l, "type mismatch");
	if (!take_three(l, i32, i32, i32, &base))
		return false;
	units[0] = (u16)to;
	units[1] = (u16)from;
	return emit_bulk(l, WC_TABLE_COPY, 2, units, base, true);
}

static bool translate_table_size(struct wc_load *l, u32 op)
{
	struct wc_translator *t = l->translator;
	u8 types[2] = { 0, WASMCORE_I32 };
	u32 table, start;
	u16 base = 0;

	if (!wc_read_u32(l, &table) || !check_table(l, table))
		return false;
	types[0] = l->m->tables[table].type;
	if (op == 15) {		/* table.grow: value, number */
		if (!wc_check_top(l, types, 2) || !wc_flush_top(l, 2))
			return false;
		base = t->dead ? 0 : wc_top(t, 1)->slot;
		if (!wc_pop_types(l, types, 2))
			return false;
	}
	if (t->dead)
		return wc_push(l, WASMCORE_I32);
	start = t->len;
	if (!wc_begin(l, op == 15 ? WC_TABLE_GROW : WC_TABLE_SIZE))
		return false;
	wc_unit(t, table);
	if (op == 15)
		wc_unit(t, base);
	return push_result(l, WASMCORE_I32, start, true);
}

static bool translate_table_bulk(struct wc_load *l, u32 op)
{
	u32 index;
	u16 base, units[2];

	switch (op) {
	case 12:
		return translate_table_init(l);
	case 13:		/* elem.drop */
		if (!read_element_index(l, &index))
			return false;
		wc_put32(units, index);
		return emit_bulk(l, WC_ELEM_DROP, 2, units, 0, false);
	case 14:
		return translate_table_copy(l);
	case 15:
	case 16:
		return translate_table_size(l, op);
	default:		/* table.fill */
		if (!wc_read_u32(l, &index) || !check_table(l, index) ||
		    !take_three(l, WASMCORE_I32, l->m->tables[index].type, WASMCORE_I32, &base))
			return false;
		units[0] = (u16)index;
		return emit_bulk(l, WC_TABLE_FILL, 1, units, base, true);
	}
}

bool wc_translate_fc(struct wc_load *l)
{
	u32 op;

	if (!wc_read_u32(l, &op))
		return false;
	if (op < 8)
		return wc_use_floats(l) && wc_emit_opcode(l, &wc_opcodes_fc[op], 0);
	if (op < 12)
		return translate_memory_bulk(l, op);
	if (op < 18)
		return translate_table_bulk(l, op);
	return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
}

/* ---- vectors ---- */

struct simd_types {
	u8 n;
	u8 operands[3];
	u8 result;			/* 0: none */
};

static void types_of_shape(u8 shape, struct simd_types *out)
{
	static const u8 scalars[4] = { WASMCORE_I32, WASMCORE_I64, WASMCORE_F32, WASMCORE_F64 };
	const u8 v = WASMCORE_V128, i = WASMCORE_I32;
	struct simd_types types = { 0, { v, v, v }, v };

	switch (shape) {
	case WC_SIMD_SPLAT_I32:
	case WC_SIMD_SPLAT_I64:
	case WC_SIMD_SPLAT_F32:
	case WC_SIMD_SPLAT_F64:
		types.n = 1;
		types.operands[0] = scalars[shape - WC_SIMD_SPLAT_I32];
		break;
	case WC_SIMD_EXTRACT_I32:
	case WC_SIMD_EXTRACT_I64:
	case WC_SIMD_EXTRACT_F32:
	case WC_SIMD_EXTRACT_F64:
		types.n = 1;
		types.result = scalars[shape - WC_SIMD_EXTRACT_I32];
		break;
	case WC_SIMD_REPLACE_I32:
	case WC_SIMD_REPLACE_I64:
	case WC_SIMD_REPLACE_F32:
	case WC_SIMD_REPLACE_F64:
		types.n = 2;
		types.operands[1] = scalars[shape - WC_SIMD_REPLACE_I32];
		break;
	case WC_SIMD_TEST:
		types.n = 1;
		types.result = i;
		break;
	case WC_SIMD_SHIFT:
		types.n = 2;
		types.operands[1] = i;
		break;
	case WC_SIMD_UNARY:
		types.n = 1;
		break;
	case WC_SIMD_BINARY:
		types.n = 2;
		break;
	default:
		types.n = 3;
		break;
	}
	*out = types;
}

static bool read_lane(struct wc_load *l, const struct wc_simd_op *o, u8 *lane)
{
	*lane = 0;
	if (!o->nlanes)
		return true;
	return wc_read_u8(l, lane) && (*lane < o->nlanes || wc_invalid(l, "invalid lane index"));
}

/* v128.load and v128.store. */
static bool emit_simd_whole(struct wc_load *l, struct wc_value *address, struct wc_value *v, u32 offset, bool loads)
{
	struct wc_translator *t = l->translator;
	u16 address_slot, slot = 0;
	u32 addend, start;

	if (!wc_address(l, address, &address_slot, &addend) || (!loads && !wc_in_slot(l, v, &slot)))
		return false;
	start = t->len;
	if (!wc_begin(l, loads ? WC_V128_LOAD : WC_V128_STORE))
		return false;
	wc_unit(t, address_slot);
	wc_units2(t, addend);
	if (!loads)
		wc_unit(t, slot);
	wc_units2(t, offset);
	return !loads || push_result(l, WASMCORE_V128, start, false);
}

/* Loads that widen or repeat, and those of one lane. */
static bool emit_simd_part(struct wc_load *l, struct wc_value *address, struct wc_value *v, u32 offset, u32 op, u8 lane)
{
	u8 shape = wc_simd_ops[op].shape;
	bool lanes = shape != WC_SIMD_LOAD;
	struct wc_translator *t = l->translator;
	u16 address_slot, slot = 0;
	u32 start;

	if (!wc_in_slot(l, address, &address_slot) || (lanes && !wc_in_slot(l, v, &slot)))
		return false;
	start = t->len;
	if (!wc_begin(l, !lanes ? WC_V128_LOAD_PART : shape == WC_SIMD_LOAD_LANE ? WC_V128_LOAD_LANE :
			 WC_V128_STORE_LANE))
		return false;
	wc_unit(t, op);
	wc_unit(t, address_slot);
	if (lanes) {
		wc_unit(t, slot);
		wc_unit(t, lane);
	}
	wc_units2(t, offset);
	return shape == WC_SIMD_STORE_LANE || push_result(l, WASMCORE_V128, start, false);
}

/* Loads and stores: address, then the vector for all but plain loads. */
static bool translate_simd_memory(struct wc_load *l, const struct wc_simd_op *o, u32 op)
{
	bool loads = o->shape == WC_SIMD_LOAD || o->shape == WC_SIMD_LOAD_LANE;
	bool lanes = o->shape == WC_SIMD_LOAD_LANE || o->shape == WC_SIMD_STORE_LANE;
	struct wc_value address, v = { 0 };
	u32 offset;
	u8 lane = 0;

	if (!wc_read_memarg(l, o->max_align, &offset) || (lanes && !read_lane(l, o, &lane)))
		return false;
	if (o->shape != WC_SIMD_LOAD && !wc_pop(l, WASMCORE_V128, &v))
		return false;
	if (!wc_pop(l, WASMCORE_I32, &address))
		return false;
	if (l->translator->dead)
		return !loads || wc_push(l, WASMCORE_V128);
	if (op == 0 || o->shape == WC_SIMD_STORE)
		return emit_simd_whole(l, &address, &v, offset, loads);
	return emit_simd_part(l, &address, &v, offset, op, lane);
}

/* v128.const and i8x16.shuffle: 16 bytes in the code. */
static bool translate_simd_bytes(struct wc_load *l, const struct wc_simd_op *o)
{
	struct wc_translator *t = l->translator;
	bool shuffle = o->shape == WC_SIMD_SHUFFLE;
	struct wc_value a, b;
	u16 a_slot = 0, b_slot = 0;
	const u8 *bytes;
	u32 i, start;

	if (!wc_read_bytes(l, 16, &bytes))
		return false;
	if (shuffle) {
		for (i = 0; i < 16; i++)
			if (bytes[i] >= 32)
				return wc_invalid(l, "invalid lane index");
		if (!wc_pop(l, WASMCORE_V128, &b) || !wc_pop(l, WASMCORE_V128, &a))
			return false;
	}
	if (t->dead)
		return wc_push(l, WASMCORE_V128);
	if (shuffle && (!wc_in_slot(l, &a, &a_slot) || !wc_in_slot(l, &b, &b_slot)))
		return false;
	start = t->len;
	if (!wc_begin(l, shuffle ? WC_V128_SHUFFLE : WC_V128_CONST))
		return false;
	if (shuffle) {
		wc_unit(t, a_slot);
		wc_unit(t, b_slot);
	}
	memcpy(t->code + t->len, bytes, 16);
	t->len += 8;
	return push_result(l, WASMCORE_V128, start, false);
}

static bool translate_simd_value(struct wc_load *l, const struct wc_simd_op *o, u32 op)
{
	struct wc_translator *t = l->translator;
	struct wc_value v[3] = { 0 };
	struct simd_types types;
	u16 slots[3] = { 0 };
	u32 i, start;
	u8 lane;

	types_of_shape(o->shape, &types);
	if (!read_lane(l, o, &lane))
		return false;
	for (i = types.n; i-- > 0;)
		if (!wc_pop(l, types.operands[i], &v[i]))
			return false;
	if (t->dead)
		return wc_push(l, types.result);
	for (i = 0; i < types.n; i++)
		if (!wc_in_slot(l, &v[i], &slots[i]))
			return false;
	start = t->len;
	if (!wc_begin(l, o->shape == WC_SIMD_BINARY ? WC_V128_BINARY : WC_V128_OP))
		return false;
	wc_unit(t, op);
	for (i = 0; i < (o->shape == WC_SIMD_BINARY ? 2 : 3); i++)
		wc_unit(t, slots[i]);
	if (o->shape != WC_SIMD_BINARY)
		wc_unit(t, lane);
	return push_result(l, types.result, start, types.result != WASMCORE_V128);
}

bool wc_translate_fd(struct wc_load *l)
{
	const struct wc_simd_op *o;
	u32 op;

	if (!wc_read_u32(l, &op))
		return false;
	if (op >= 256 || !wc_simd_ops[op].name)
		return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
	o = &wc_simd_ops[op];
	if (!wc_use_simd(l) || (o->floats && !wc_use_floats(l)))
		return false;
	switch (o->shape) {
	case WC_SIMD_LOAD:
	case WC_SIMD_STORE:
	case WC_SIMD_LOAD_LANE:
	case WC_SIMD_STORE_LANE:
		return translate_simd_memory(l, o, op);
	case WC_SIMD_CONST:
	case WC_SIMD_SHUFFLE:
		return translate_simd_bytes(l, o);
	default:
		return translate_simd_value(l, o, op);
	}
}
