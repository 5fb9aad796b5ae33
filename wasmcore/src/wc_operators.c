/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Operators: which form of the internal instruction fits where the operands are, and pairs of instructions that are
 * one. As in wc_emit.c, a wrong choice here could make code slow, never let invalid code through.
 */
#include "wc_translate.h"

/* Can the constant be an immediate of this operand type? See the widening in wc_interp.c. */
static bool immediate(const struct wc_value *v, u32 *out)
{
	if (v->where != WC_CONSTANT)
		return false;
	*out = (u32)v->bits;
	switch (v->type) {
	case WASMCORE_I64:
		return (u64)(s64)(s32)(u32)v->bits == v->bits;
	case WASMCORE_F64:
		*out = (u32)(v->bits >> 32);
		return !(u32)v->bits;
	default:
		return true;
	}
}

/* Adds a constant to a local: nothing happens before somebody uses the sum, often a load or store. */
static bool add_later(struct wc_load *l, const struct wc_value *a, u32 constant)
{
	u32 sum = wc_addend_of(a) + constant;

	if (!wc_push_local(l, wc_local_of(a)))
		return false;
	wc_top(l->translator, 0)->type = WASMCORE_I32;
	wc_top(l->translator, 0)->bits |= (u64)sum << 32;
	return true;
}

/* Constants below zero are seldom part of an address, unless a load follows. Only speed depends on the guess. */
static bool looks_like_address(const struct wc_load *l, const struct wc_value *constant)
{
	return (s32)(u32)constant->bits >= 0 || (l->pos != l->end && wc_opcodes[*l->pos].class == WC_CLASS_LOAD);
}

/* (x + constant) & mask and (x >> constant) & mask in one instruction, when the last one is the first half. */
static bool emit_masked(struct wc_load *l, const struct wc_value *v, u32 mask, bool *done)
{
	struct wc_translator *t = l->translator;
	const u16 *last;
	u32 constant, start = t->last.start;
	u16 ir, slot = 0;
	bool acc;

	*done = false;
	if (!wc_is_in_acc(t, v) || v->where != WC_IN_SLOT)
		return true;
	last = t->code + t->last.start;
	acc = *last == WC_I32_ADD_AI || *last == WC_I32_SHR_U_AI;
	if (!acc && *last != WC_I32_ADD_SI && *last != WC_I32_SHR_U_SI)
		return true;
	ir = *last == WC_I32_ADD_SI || *last == WC_I32_ADD_AI ? WC_ADD_AND_S : WC_SHR_U_AND_S;
	if (!acc)
		slot = last[1];
	constant = wc_get32(last + (acc ? 1 : 2));
	t->len = start;
	wc_barrier(t);
	if (!wc_begin(l, (u16)(ir + (acc ? WC_A : WC_S))))
		return false;
	if (!acc)
		wc_unit(t, slot);
	wc_units2(t, constant);
	wc_units2(t, mask);
	if (!wc_push(l, WASMCORE_I32))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, WASMCORE_I32, true);
	*done = true;
	return true;
}

/*
 * y op (x shift constant), op being xor, add or or, in one instruction: the last one is the shift, and the one before
 * may have made y. Sets *done when it is so.
 */
static bool emit_shifted(struct wc_load *l, u16 ir, const struct wc_value *shifted, const struct wc_value *y, bool *done)
{
	struct wc_translator *t = l->translator;
	const u16 *last;
	u16 base, x = 0, count, y_slot;
	bool x_acc, y_acc = false;
	u32 start, op;

	*done = false;
	if (!wc_is_in_acc(t, shifted) || shifted->where != WC_IN_SLOT || y->where == WC_CONSTANT || wc_is_sum(y))
		return true;
	last = t->code + t->last.start;
	op = ir == WC_I32_XOR_SS ? 0 : ir == WC_I32_ADD_SS ? 1 : 2;
	base = *last == WC_I32_ROTL_SI || *last == WC_I32_ROTL_AI ? WC_XOR_ROTL_SS :
	       *last == WC_I32_SHL_SI || *last == WC_I32_SHL_AI ? WC_XOR_SHL_SS :
	       *last == WC_I32_SHR_U_SI || *last == WC_I32_SHR_U_AI ? WC_XOR_SHR_U_SS : 0;
	if (!base)
		return true;
	x_acc = *last == WC_I32_ROTL_AI || *last == WC_I32_SHL_AI || *last == WC_I32_SHR_U_AI;
	if (!x_acc)
		x = last[1];
	count = last[x_acc ? 1 : 2] & 31;
	y_slot = wc_slot_of(t, y);
	t->len = t->last.start;
	if (!x_acc && y->where == WC_IN_SLOT && t->before.end == t->len && t->before.slot == y_slot &&
	    t->before.in_acc && t->before.can_skip_slot) {
		t->code[t->before.start] = (u16)(t->code[t->before.start] + WC_TO_A);
		t->len--;
		y_acc = true;
	}
	wc_barrier(t);
	start = t->len;
	if (!wc_begin(l, (u16)(base + op * 6 + (x_acc ? 2 : y_acc ? 4 : 0))))
		return false;
	if (!x_acc)
		wc_unit(t, x);
	wc_unit(t, count);
	if (!y_acc)
		wc_unit(t, y_slot);
	if (!wc_push(l, WASMCORE_I32))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, WASMCORE_I32, true);
	*done = true;
	return true;
}

static void exchange(struct wc_value *a, struct wc_value *b, u16 *ir, u16 *other)
{
	struct wc_value v = *a;
	u16 op = *ir;

	*a = *b;
	*b = v;
	*ir = *other;
	*other = op;
}

static bool emit_binary(struct wc_load *l, const struct wc_opcode *o, struct wc_value *a, struct wc_value *b)
{
	struct wc_translator *t = l->translator;
	u16 ir = o->ir, other = o->swapped, a_slot = 0, b_slot = 0;
	bool is_immediate, a_acc, b_acc, done = false;
	u32 value = 0, start;

	if (ir == WC_I32_ADD_SS && a->where == WC_IN_LOCAL && b->where == WC_CONSTANT && looks_like_address(l, b))
		return add_later(l, a, (u32)b->bits);
	if (ir == WC_I32_AND_SS && b->where == WC_CONSTANT) {
		if (!emit_masked(l, a, (u32)b->bits, &done))
			return false;
		if (done)
			return true;
	}
	if (ir == WC_I32_XOR_SS || ir == WC_I32_ADD_SS || ir == WC_I32_OR_SS) {
		if (!emit_shifted(l, ir, b, a, &done) || (!done && !emit_shifted(l, ir, a, b, &done)))
			return false;
		if (done)
			return true;
	}

	if (other && a->where == WC_CONSTANT && b->where != WC_CONSTANT)
		exchange(a, b, &ir, &other);
	is_immediate = immediate(b, &value);
	if (!wc_in_slot(l, a, &a_slot) || (!is_immediate && !wc_in_slot(l, b, &b_slot)))
		return false;
	/* What can be exchanged never has the form SA: wc_flow.c relies on that for comparisons. */
	if (other && !is_immediate && wc_is_in_acc(t, b)) {
		exchange(a, b, &ir, &other);
		a_slot = wc_slot_of(t, a);
		b_slot = wc_slot_of(t, b);
	}
	a_acc = wc_is_in_acc(t, a);
	b_acc = !a_acc && !is_immediate && wc_is_in_acc(t, b);
	if (a_acc)
		wc_take_acc(t, a);
	if (b_acc)
		wc_take_acc(t, b);
	start = t->len;
	ir = (u16)(ir + (is_immediate ? (a_acc ? WC_AI : WC_SI) : a_acc ? WC_AS : b_acc ? WC_SA : WC_SS));
	if (!wc_begin(l, ir))
		return false;
	if (!a_acc)
		wc_unit(t, a_slot);
	if (is_immediate)
		wc_units2(t, value);
	else if (!b_acc)
		wc_unit(t, b_slot);
	if (!wc_push(l, o->result))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, o->result, true);
	return true;
}

static bool emit_unary(struct wc_load *l, const struct wc_opcode *o, struct wc_value *a)
{
	struct wc_translator *t = l->translator;
	u16 slot = 0;
	bool acc;
	u32 start;

	if (!wc_in_slot(l, a, &slot))
		return false;
	acc = wc_is_in_acc(t, a);
	if (acc)
		wc_take_acc(t, a);
	start = t->len;
	if (!wc_begin(l, (u16)(o->ir + (acc ? WC_A : WC_S))))
		return false;
	if (!acc)
		wc_unit(t, slot);
	if (!wc_push(l, o->result))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, o->result, true);
	return true;
}

/* Keeps the value where it is; only its type changes. */
static bool emit_retype(struct wc_load *l, const struct wc_opcode *o, const struct wc_value *a)
{
	struct wc_translator *t = l->translator;

	if (a->where == WC_CONSTANT)
		return wc_push_constant(l, o->result, o->result == WASMCORE_I32 ? (u32)a->bits : a->bits);
	if (a->where == WC_IN_LOCAL) {
		if (!wc_push_local(l, wc_local_of(a)))
			return false;
		wc_top(t, 0)->type = o->result;
		wc_top(t, 0)->bits = a->bits;
		return true;
	}
	return wc_push(l, o->result);
}

/* If the last instruction adds two i32 and only the address needs the sum: takes it back. */
static bool take_address_sum(struct wc_load *l, const struct wc_value *address, u32 *form, u16 *a, u16 *b)
{
	struct wc_translator *t = l->translator;
	const u16 *last;

	if (!wc_is_in_acc(t, address) || address->where != WC_IN_SLOT)
		return false;
	last = t->code + t->last.start;
	if (*last == WC_I32_ADD_SS) {
		*form = WC_LOAD_SS;
		*a = last[1];
		*b = last[2];
	} else if (*last == WC_I32_ADD_AS) {
		*form = WC_LOAD_AS;
		*b = last[1];
	} else {
		return false;
	}
	t->len = t->last.start;
	wc_barrier(t);
	return true;
}

static bool emit_load(struct wc_load *l, const struct wc_opcode *o, struct wc_value *address, u32 offset)
{
	struct wc_translator *t = l->translator;
	u32 form, start;
	u16 a = 0, b = 0;

	if (wc_is_sum(address)) {
		form = WC_LOAD_SI;
		a = wc_slot_of(t, address);
	} else if (!take_address_sum(l, address, &form, &a, &b)) {
		form = WC_S;
		if (!wc_in_slot(l, address, &a))
			return false;
		if (wc_is_in_acc(t, address)) {
			wc_take_acc(t, address);
			form = WC_A;
		}
	}
	start = t->len;
	if (!wc_begin(l, (u16)(o->ir + form)))
		return false;
	if (form == WC_S || form == WC_LOAD_SS || form == WC_LOAD_SI)
		wc_unit(t, a);
	if (form == WC_LOAD_SS || form == WC_LOAD_AS)
		wc_unit(t, b);
	if (form == WC_LOAD_SI)
		wc_units2(t, wc_addend_of(address));
	wc_units2(t, offset);
	if (!wc_push(l, o->result))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, o->result, true);
	return true;
}

static bool emit_store(struct wc_load *l, const struct wc_opcode *o, struct wc_value *address, struct wc_value *v,
		       u32 offset)
{
	struct wc_translator *t = l->translator;
	bool is_immediate, address_acc, v_acc, sum = wc_is_sum(address);
	u16 address_slot = 0, v_slot = 0;
	u32 value = 0, form;

	is_immediate = v->where == WC_CONSTANT && v->bits <= UINT32_MAX;
	if (is_immediate)
		value = (u32)v->bits;
	if (sum)
		address_slot = wc_slot_of(t, address);
	else if (!wc_in_slot(l, address, &address_slot))
		return false;
	if (!is_immediate && !wc_in_slot(l, v, &v_slot))
		return false;
	v_acc = !is_immediate && wc_is_in_acc(t, v);
	address_acc = !sum && !v_acc && wc_is_in_acc(t, address);
	if (v_acc)
		wc_take_acc(t, v);
	if (address_acc)
		wc_take_acc(t, address);
	form = is_immediate ? (address_acc ? WC_STORE_AI : WC_STORE_SI) :
	       v_acc ? WC_STORE_SA : address_acc ? WC_STORE_AS : WC_STORE_SS;
	if (!wc_begin(l, (u16)(o->ir + form + (sum ? WC_STORE_SUM : 0))))
		return false;
	if (!address_acc)
		wc_unit(t, address_slot);
	if (sum)
		wc_units2(t, wc_addend_of(address));
	if (is_immediate)
		wc_units2(t, value);
	else if (!v_acc)
		wc_unit(t, v_slot);
	wc_units2(t, offset);
	return true;
}

/* Is it zero? */
bool wc_emit_test(struct wc_load *l, const struct wc_opcode *o, struct wc_value *a)
{
	struct wc_value zero = { 0 };

	zero.type = o->operand;
	zero.where = WC_CONSTANT;
	return emit_binary(l, o, a, &zero);
}

bool wc_emit_opcode(struct wc_load *l, const struct wc_opcode *o, u32 offset)
{
	struct wc_value a, b;
	bool dead = l->translator->dead;

	switch (o->class) {
	case WC_CLASS_LOAD:
		if (!wc_pop(l, WASMCORE_I32, &a))
			return false;
		return dead ? wc_push(l, o->result) : emit_load(l, o, &a, offset);
	case WC_CLASS_STORE:
		if (!wc_pop(l, o->operand, &b) || !wc_pop(l, WASMCORE_I32, &a))
			return false;
		return dead || emit_store(l, o, &a, &b, offset);
	case WC_CLASS_UNARY:
		if (!wc_pop(l, o->operand, &a))
			return false;
		return dead ? wc_push(l, o->result) : emit_unary(l, o, &a);
	case WC_CLASS_RETYPE:
		if (!wc_pop(l, o->operand, &a))
			return false;
		return dead ? wc_push(l, o->result) : emit_retype(l, o, &a);
	case WC_CLASS_TEST:
		if (!wc_pop(l, o->operand, &a))
			return false;
		return dead ? wc_push(l, o->result) : wc_emit_test(l, o, &a);
	default:
		if (!wc_pop(l, o->operand, &b) || !wc_pop(l, o->operand, &a))
			return false;
		return dead ? wc_push(l, o->result) : emit_binary(l, o, &a, &b);
	}
}

bool wc_emit_local_set(struct wc_load *l, u32 local, struct wc_value *v)
{
	struct wc_translator *t = l->translator;
	u16 slot = t->local_slots[local];

	if (v->where == WC_IN_LOCAL && v->bits == local)
		return true;
	if (t->local_heads[local] != WC_NONE && !wc_flush_local(l, local))
		return false;
	return wc_move(l, v, slot);
}

bool wc_emit_select(struct wc_load *l, struct wc_value *condition, struct wc_value *a, struct wc_value *b, u8 type)
{
	struct wc_translator *t = l->translator;
	u16 a_slot, b_slot, c_slot;
	bool acc;
	u32 start;

	if (!wc_in_slot(l, a, &a_slot) || !wc_in_slot(l, b, &b_slot) || !wc_in_slot(l, condition, &c_slot))
		return false;
	acc = type != WASMCORE_V128 && wc_is_in_acc(t, condition);
	if (acc)
		wc_take_acc(t, condition);
	start = t->len;
	if (!wc_begin(l, type == WASMCORE_V128 ? WC_SELECT2 : acc ? WC_SELECT_A : WC_SELECT_S))
		return false;
	if (!acc)
		wc_unit(t, c_slot);
	wc_unit(t, a_slot);
	wc_unit(t, b_slot);
	if (!wc_push(l, type))
		return false;
	wc_put_result(t, start, wc_top(t, 0)->slot, type, type != WASMCORE_V128);
	return true;
}
