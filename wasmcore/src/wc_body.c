/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Reads the instructions of a function body (specification 5.4) one after the other. */
#include "wc_translate.h"

bool wc_translator_init(struct wc_load *l)
{
	struct wasmcore_allocator a = l->m->allocator;

	l->translator = a.alloc(a.user, sizeof(*l->translator));
	if (!l->translator)
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
	return true;
}

void wc_translator_free(struct wc_load *l)
{
	const struct wasmcore_allocator *a = &l->m->allocator;
	struct wc_translator *t = l->translator;

	if (!t)
		return;
	wc_buffer_free(a, &t->values_);
	wc_buffer_free(a, &t->blocks_);
	wc_buffer_free(a, &t->patches_);
	wc_buffer_free(a, &t->sites_);
	wc_buffer_free(a, &t->lines_);
	wc_buffer_free(a, &t->code_);
	wc_buffer_free(a, &t->locals_);
	wc_buffer_free(a, &t->slots_);
	wc_buffer_free(a, &t->heads_);
	a->free(a->user, t, sizeof(*t));
	l->translator = NULL;
}

static bool add_locals(struct wc_load *l, u32 n, u8 type)
{
	const struct wasmcore_allocator *a = &l->m->allocator;
	struct wc_translator *t = l->translator;
	u32 total, i;

	if (n > UINT32_MAX - t->nlocals)
		return wc_fail(l, WASMCORE_E_MALFORMED, "too many locals");
	total = t->nlocals + n;
	if (total > l->m->limits.locals)
		return wc_fail_limit(l, "locals", total, l->m->limits.locals);
	if (!wc_buffer_reserve(a, &t->locals_, total + 1) ||
	    !wc_buffer_reserve(a, &t->slots_, (total + 1) * sizeof(u16)) ||
	    !wc_buffer_reserve(a, &t->heads_, (total + 1) * sizeof(u32)))
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
	t->locals = t->locals_.data;
	t->local_slots = t->slots_.data;
	t->local_heads = t->heads_.data;
	for (i = t->nlocals; i < total; i++) {
		if (t->locals_slots + 2 > WASMCORE_MAX_FRAME_SLOTS)
			return wc_fail_limit(l, "slots of locals", t->locals_slots + 2, WASMCORE_MAX_FRAME_SLOTS);
		t->locals[i] = type;
		t->local_slots[i] = (u16)t->locals_slots;
		t->local_heads[i] = WC_NONE;
		t->locals_slots += wc_type_slots(type);
	}
	t->nlocals = total;
	return true;
}

static bool read_locals(struct wc_load *l)
{
	const struct wc_type *type = l->translator->type;
	u64 total = type->nparams;
	const u8 *start;
	u32 groups, i, n;
	u8 value_type;

	for (i = 0; i < type->nparams; i++)
		if (!add_locals(l, 1, type->types[i]))
			return false;
	if (!wc_read_u32(l, &groups))
		return false;
	/* All groups are counted before any is made, for their sum may be malformed whatever the limit is. */
	start = l->pos;
	for (i = 0; i < groups; i++) {
		if (!wc_read_u32(l, &n) || !wc_read_value_type(l, &value_type))
			return false;
		total += n;
		if (total > UINT32_MAX)
			return wc_fail(l, WASMCORE_E_MALFORMED, "too many locals");
	}
	l->pos = start;
	for (i = 0; i < groups; i++)
		if (!wc_read_u32(l, &n) || !wc_read_value_type(l, &value_type) || !add_locals(l, n, value_type))
			return false;
	return true;
}

/* A block type (5.4.1): empty, one value type, or an index as a positive 33-bit number. */
static bool read_block_type(struct wc_load *l, struct wc_type *single, const struct wc_type **out)
{
	static const u8 value_types[] = { WASMCORE_I32, WASMCORE_I64, WASMCORE_F32, WASMCORE_F64, WASMCORE_V128,
					  WASMCORE_FUNCREF, WASMCORE_EXTERNREF };
	s64 index;
	size_t i;
	u8 type;

	memset(single, 0, sizeof(*single));
	single->types = value_types;
	*out = single;
	if (l->pos == l->end)
		return wc_read_end(l);
	if (*l->pos == 0x40) {
		l->pos++;
		return true;
	}
	if ((*l->pos & 0xc0) == 0x40) {
		if (!wc_read_value_type(l, &type))
			return false;
		for (i = 0; i < sizeof(value_types); i++)
			if (value_types[i] == type)
				single->types = &value_types[i];
		single->nresults = 1;
		return true;
	}
	if (!wc_read_signed(l, 33, &index))
		return false;
	if (index < 0)
		return wc_fail(l, WASMCORE_E_MALFORMED, "malformed block type");
	if (index >= l->m->ntypes)
		return wc_invalid(l, "unknown type");
	*out = &l->m->types[index];
	return true;
}

static bool translate_block(struct wc_load *l, u8 kind)
{
	const struct wc_type *type;
	struct wc_type single;

	if (!read_block_type(l, &single, &type))
		return false;
	if (kind == WC_IF)
		return wc_if(l, type);
	return wc_check_top(l, type->types, type->nparams) && wc_enter_block(l, kind, type);
}

static bool translate_local(struct wc_load *l, u8 op)
{
	struct wc_translator *t = l->translator;
	struct wc_value v;
	u32 local;

	if (!wc_read_u32(l, &local))
		return false;
	if (local >= t->nlocals)
		return wc_invalid(l, "unknown local");
	if (op == 0x20)
		return t->dead ? wc_push(l, t->locals[local]) : wc_push_local(l, local);
	if (!wc_pop(l, t->locals[local], &v))
		return false;
	if (t->dead)
		return op == 0x21 || wc_push(l, t->locals[local]);
	if (!wc_emit_local_set(l, local, &v))
		return false;
	return op == 0x21 || wc_push_local(l, local);
}

static bool emit_global_get(struct wc_load *l, u32 global, u8 type)
{
	struct wc_translator *t = l->translator;
	bool imported = global < l->m->nimported_globals, wide = type == WASMCORE_V128;
	u32 start = t->len;

	if (!wc_begin(l, imported ? (wide ? WC_GLOBAL_GET2_IMPORT : WC_GLOBAL_GET_IMPORT) :
			      (wide ? WC_GLOBAL_GET2 : WC_GLOBAL_GET)))
		return false;
	wc_units2(t, imported ? global : l->m->globals[global].cell);
	if (!wc_push(l, type))
		return false;
	wc_unit(t, wc_top(t, 0)->slot);
	wc_note_result(t, start, wc_top(t, 0)->slot, wide ? 2 : 1, !wide, !wide && !imported);
	return true;
}

static bool emit_global_set(struct wc_load *l, u32 global, struct wc_value *v)
{
	struct wc_translator *t = l->translator;
	bool imported = global < l->m->nimported_globals, wide = v->type == WASMCORE_V128, acc;
	u16 slot;

	if (!wc_in_slot(l, v, &slot))
		return false;
	acc = !imported && !wide && wc_is_in_acc(t, v);
	if (acc)
		wc_take_acc(t, v);
	if (!wc_begin(l, imported ? (wide ? WC_GLOBAL_SET2_IMPORT : WC_GLOBAL_SET_IMPORT) :
			      wide ? WC_GLOBAL_SET2 : acc ? WC_GLOBAL_SET_A : WC_GLOBAL_SET_S))
		return false;
	wc_units2(t, imported ? global : l->m->globals[global].cell);
	if (!acc)
		wc_unit(t, slot);
	return true;
}

static bool translate_global(struct wc_load *l, u8 op)
{
	struct wc_translator *t = l->translator;
	const struct wc_global_type *g;
	struct wc_value v;
	u32 global;

	if (!wc_read_u32(l, &global))
		return false;
	if (global >= l->m->nglobals)
		return wc_invalid(l, "unknown global");
	g = &l->m->globals[global];
	if (op == 0x23)
		return t->dead ? wc_push(l, g->type) : emit_global_get(l, global, g->type);
	if (!g->is_mutable)
		return wc_invalid(l, "global is immutable");
	return wc_pop(l, g->type, &v) && (t->dead || emit_global_set(l, global, &v));
}

static bool translate_select(struct wc_load *l, u8 op)
{
	struct wc_value condition, a, b;
	u32 n;
	u8 type = WC_ANY_TYPE;

	if (op == 0x1c) {
		if (!wc_read_u32(l, &n))
			return false;
		if (n != 1)
			return wc_invalid(l, "invalid result arity");
		if (!wc_read_value_type(l, &type))
			return false;
		if (!wc_pop(l, WASMCORE_I32, &condition) || !wc_pop(l, type, &b) || !wc_pop(l, type, &a))
			return false;
	} else {
		if (!wc_pop(l, WASMCORE_I32, &condition) || !wc_pop_any(l, &b) || !wc_pop_any(l, &a))
			return false;
		if (wc_is_ref(a.type) || wc_is_ref(b.type))
			return wc_invalid(l, "type mismatch");
		if (a.type != b.type && a.type != WC_ANY_TYPE && b.type != WC_ANY_TYPE)
			return wc_invalid(l, "type mismatch");
		type = a.type == WC_ANY_TYPE ? b.type : a.type;
	}
	return l->translator->dead ? wc_push(l, type) : wc_emit_select(l, &condition, &a, &b, type);
}

static bool translate_const(struct wc_load *l, u8 op)
{
	const u8 *bytes;
	u64 bits = 0;
	u32 v;

	switch (op) {
	case 0x41:
		return wc_read_s32(l, &v) && wc_push_constant(l, WASMCORE_I32, v);
	case 0x42:
		return wc_read_s64(l, &bits) && wc_push_constant(l, WASMCORE_I64, bits);
	case 0x43:
		if (!wc_use_floats(l) || !wc_read_bytes(l, 4, &bytes))
			return false;
		memcpy(&bits, bytes, 4);
		return wc_push_constant(l, WASMCORE_F32, bits);
	default:
		if (!wc_use_floats(l) || !wc_read_bytes(l, 8, &bytes))
			return false;
		memcpy(&bits, bytes, 8);
		return wc_push_constant(l, WASMCORE_F64, bits);
	}
}

static bool translate_ref(struct wc_load *l, u8 op)
{
	/* A reference is a 64-bit number in a slot, 0 is null: ref.is_null is i64.eqz of it. */
	static const struct wc_opcode is_null = { WC_CLASS_TEST, WASMCORE_I64, WASMCORE_I32, 0, WC_I64_EQ_SS, 0 };
	struct wc_translator *t = l->translator;
	struct wc_value v;
	u32 function, start;
	u8 type;

	if (op == 0xd0)
		return wc_read_ref_type(l, &type) && wc_push_constant(l, type, 0);
	if (op == 0xd1) {
		if (!wc_pop_any(l, &v))
			return false;
		if (v.type != WC_ANY_TYPE && !wc_is_ref(v.type))
			return wc_invalid(l, "type mismatch");
		if (t->dead)
			return wc_push(l, WASMCORE_I32);
		return wc_emit_test(l, &is_null, &v);
	}
	if (!wc_read_u32(l, &function))
		return false;
	if (function >= l->m->nfunctions)
		return wc_invalid(l, "unknown function");
	if (!l->declared || !(l->declared[function / 8] & 1u << function % 8))
		return wc_invalid(l, "undeclared function reference");
	start = t->len;
	if (!t->dead) {
		if (!wc_begin(l, WC_REF_FUNC))
			return false;
		wc_units2(t, function);
	}
	if (!wc_push(l, WASMCORE_FUNCREF))
		return false;
	if (!t->dead) {
		wc_unit(t, wc_top(t, 0)->slot);
		wc_note_result(t, start, wc_top(t, 0)->slot, 1, true, false);
	}
	return true;
}

static bool translate_call(struct wc_load *l, u8 op)
{
	u32 index, table;

	if (!wc_read_u32(l, &index))
		return false;
	if (op == 0x10)
		return wc_call(l, index);
	return wc_read_u32(l, &table) && wc_call_indirect(l, index, table);
}

static bool translate_branch(struct wc_load *l, u8 op)
{
	u32 depth;

	if (op == 0x0e)
		return wc_br_table(l);
	if (!wc_read_u32(l, &depth))
		return false;
	return op == 0x0c ? wc_br(l, depth) : wc_br_if(l, depth);
}

static bool translate_simple(struct wc_load *l, u8 op)
{
	const struct wc_opcode *o = &wc_opcodes[op];
	u32 offset = 0;

	switch (o->class) {
	case WC_CLASS_NONE:
		return wc_fail(l, WASMCORE_E_MALFORMED, "illegal opcode");
	case WC_CLASS_LOAD:
	case WC_CLASS_STORE:
		if (!wc_read_memarg(l, o->max_align, &offset))
			return false;
		break;
	default:
		break;
	}
	if ((o->operand == WASMCORE_F32 || o->operand == WASMCORE_F64 || o->result == WASMCORE_F32 ||
	     o->result == WASMCORE_F64) && !wc_use_floats(l))
		return false;
	return wc_emit_opcode(l, o, offset);
}

static bool translate_instruction(struct wc_load *l, u8 op)
{
	struct wc_value v;

	switch (op) {
	case 0x00:
		return wc_unreachable(l);
	case 0x01:
		return true;
	case 0x02:
	case 0x03:
	case 0x04:
		return translate_block(l, op == 0x02 ? WC_BLOCK : op == 0x03 ? WC_LOOP : WC_IF);
	case 0x05:
		return wc_else(l);
	case 0x0b:
		return wc_end(l);
	case 0x0c:
	case 0x0d:
	case 0x0e:
		return translate_branch(l, op);
	case 0x0f:
		return wc_return(l);
	case 0x10:
	case 0x11:
		return translate_call(l, op);
	case 0x1a:
		return wc_pop_any(l, &v);
	case 0x1b:
	case 0x1c:
		return translate_select(l, op);
	case 0x20:
	case 0x21:
	case 0x22:
		return translate_local(l, op);
	case 0x23:
	case 0x24:
		return translate_global(l, op);
	case 0x25:
	case 0x26:
		return wc_translate_table(l, op);
	case 0x3f:
	case 0x40:
		return wc_translate_memory(l, op);
	case 0x41:
	case 0x42:
	case 0x43:
	case 0x44:
		return translate_const(l, op);
	case 0xd0:
	case 0xd1:
	case 0xd2:
		return translate_ref(l, op);
	case 0xfc:
		return wc_translate_fc(l);
	case 0xfd:
		return wc_translate_fd(l);
	default:
		return translate_simple(l, op);
	}
}

/* block, loop, else and end are free; so is what cannot be reached. */
static bool costs_fuel(u8 op)
{
	return op != 0x02 && op != 0x03 && op != 0x05 && op != 0x0b;
}

static bool keep(struct wc_load *l, u32 index, u32 body)
{
	struct wc_translator *t = l->translator;
	struct wc_code *code = &l->m->code[index];
	size_t size = wc_lines_encode(t->lines, t->nlines, NULL);
	u16 *units = wc_pool_alloc(&l->m->pool, t->len * sizeof(u16));
	u8 *lines = wc_pool_alloc(&l->m->pool, size);
	u32 slots = t->max_slot;

	if (!units || !lines)
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translated code");
	if (l->m->code_bytes + t->len * sizeof(u16) + size > l->m->limits.code_bytes)
		return wc_fail_limit(l, "bytes of translated code", l->m->code_bytes + t->len * sizeof(u16) + size,
				     l->m->limits.code_bytes);
	if (slots < t->type->result_slots)
		slots = t->type->result_slots;
	memcpy(units, t->code, t->len * sizeof(u16));
	wc_lines_encode(t->lines, t->nlines, lines);
	code->code = units;
	code->code_units = t->len;
	code->lines = lines;
	code->lines_size = (u32)size;
	code->entry_cost = t->entry_cost + (t->locals_slots - t->type->param_slots) / WC_SLOTS_PER_FUEL;
	code->body = body;
	code->frame_slots = (u16)slots;
	code->param_slots = t->type->param_slots;
	code->zero_slots = (u16)(t->locals_slots - t->type->param_slots);
	code->result_slots = t->type->result_slots;
	code->index = l->m->nimported_functions + index;
	t->total_units += t->len;
	l->m->code_bytes += t->len * sizeof(u16) + size;
	return true;
}

static void reset(struct wc_load *l, u32 index)
{
	struct wc_translator *t = l->translator;

	t->nvalues = t->nblocks = t->npatches = t->nsites = t->nlines = t->nlocals = 0;
	t->len = t->naliases = t->max_slot = t->locals_slots = t->entry_cost = 0;
	t->dead = false;
	t->count = t->work = 0;
	t->max_work = 10000 + (u64)wc_left(l) * l->m->limits.work_per_byte;
	t->type = wc_function_type(l->m, l->m->nimported_functions + index);
	wc_barrier(t);
}

static bool translate_body(struct wc_load *l)
{
	struct wc_translator *t = l->translator;

	while (t->nblocks) {
		u8 op;

		t->op_offset = wc_offset(l);
		if (!wc_read_u8(l, &op))
			return false;
		if (!t->dead && costs_fuel(op) && !wc_count(l))
			return false;
		if (!translate_instruction(l, op))
			return false;
	}
	if (l->pos != l->end)
		return wc_fail(l, WASMCORE_E_MALFORMED, "section size mismatch");
	return true;
}

/* The specification decodes a module before it validates it: an invalid body that is malformed further on is malformed. */
static void prefer_malformed(struct wc_load *l, const u8 *code)
{
	struct wasmcore_error first = *l->err;

	l->pos = code;
	if (wc_scan_body(l))
		*l->err = first;
}

bool wc_translate(struct wc_load *l, u32 index)
{
	struct wc_translator *t = l->translator;
	u32 body = wc_offset(l);
	const u8 *code;

	reset(l, index);
	if (!read_locals(l))
		return false;
	t->max_slot = t->locals_slots;
	code = l->pos;
	if (!wc_open_function(l))
		return false;
	if (!translate_body(l)) {
		if (l->err->status == WASMCORE_E_INVALID)
			prefer_malformed(l, code);
		return false;
	}
	return keep(l, index, body);
}
