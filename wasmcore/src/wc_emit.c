/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Writing internal code. Operands that are locals or constants cost nothing until they are used; an operand that the
 * last instruction made comes from the accumulator; a local is written by the instruction that makes its value.
 * Nothing here decides whether a module is valid, and nothing is called for code that cannot be reached.
 */
#include "wc_translate.h"

#define LONGEST_INSTRUCTION 16u

bool wc_begin(struct wc_load *l, u16 op)
{
	struct wc_translator *t = l->translator;
	size_t need = (t->len + LONGEST_INSTRUCTION) * sizeof(u16);

	if (WC_UNLIKELY(need > t->code_.size)) {
		if ((t->total_units + t->len) * sizeof(u16) > l->m->limits.code_bytes)
			return wc_fail_limit(l, "bytes of translated code", (t->total_units + t->len) * sizeof(u16),
					     l->m->limits.code_bytes);
		if (!wc_buffer_reserve(&l->m->allocator, &t->code_, need))
			return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
		t->code = t->code_.data;
	}
	/* One line entry for each piece of code; code that was taken back takes its entries along. */
	while (t->nlines && t->lines[t->nlines - 1].unit >= t->len)
		t->nlines--;
	if (!t->nlines || t->lines[t->nlines - 1].offset != t->op_offset) {
		size_t size = (t->nlines + 1) * sizeof(*t->lines);

		if (WC_UNLIKELY(size > t->lines_.size)) {
			if (!wc_buffer_reserve(&l->m->allocator, &t->lines_, size))
				return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
			t->lines = t->lines_.data;
		}
		t->lines[t->nlines].unit = t->len;
		t->lines[t->nlines++].offset = t->op_offset;
	}
	if (t->last.end == t->len)
		t->before = t->last;
	else if (t->before.end != t->len)
		t->before.end = WC_NONE;
	t->last.end = WC_NONE;
	t->code[t->len++] = op;
	return true;
}

void wc_barrier(struct wc_translator *t)
{
	t->last.end = t->before.end = WC_NONE;
}

void wc_note_result(struct wc_translator *t, u32 start, u16 slot, u8 slots, bool in_acc, bool can_skip_slot)
{
	t->last.start = start;
	t->last.end = t->len;
	t->last.slot = slot;
	t->last.slots = slots;
	t->last.in_acc = in_acc;
	t->last.can_skip_slot = can_skip_slot;
	t->last.fixed = false;
}

/* Ends an instruction with a result: its slot, and what the next one may do with it. */
static void put_result(struct wc_translator *t, u32 start, u16 slot, u8 type, bool scalar)
{
	wc_unit(t, slot);
	wc_note_result(t, start, slot, (u8)wc_type_slots(type), scalar, scalar);
}

static u16 slot_of(const struct wc_translator *t, const struct wc_value *v)
{
	return v->where == WC_IN_LOCAL ? t->local_slots[wc_local_of(v)] : v->slot;
}

static bool is_sum(const struct wc_value *v)
{
	return v->where == WC_IN_LOCAL && wc_addend_of(v);
}

static bool last_made(const struct wc_translator *t, const struct wc_value *v)
{
	return t->last.end == t->len && v->where != WC_CONSTANT && !is_sum(v) && t->last.slot == slot_of(t, v);
}

bool wc_is_in_acc(const struct wc_translator *t, const struct wc_value *v)
{
	return last_made(t, v) && t->last.in_acc;
}

/* The next instruction reads v from the accumulator. An operand is read once, so its slot need not be written. */
void wc_take_acc(struct wc_translator *t, const struct wc_value *v)
{
	struct wc_last last = t->last;

	wc_barrier(t);
	if (v->where == WC_IN_SLOT && last.can_skip_slot) {
		t->code[last.start] = (u16)(t->code[last.start] + WC_TO_A);
		t->len--;
	} else {
		t->before = last;
	}
}

static bool put_constant(struct wc_load *l, u64 bits, u16 slot)
{
	struct wc_translator *t = l->translator;
	u32 start = t->len;

	if (bits <= UINT32_MAX) {
		if (!wc_begin(l, WC_CONST32))
			return false;
		wc_units2(t, (u32)bits);
	} else {
		if (!wc_begin(l, WC_CONST64))
			return false;
		wc_units2(t, (u32)bits);
		wc_units2(t, (u32)(bits >> 32));
	}
	wc_unit(t, slot);
	wc_note_result(t, start, slot, 1, true, false);
	return true;
}

/* A local plus a constant. */
static bool put_sum(struct wc_load *l, const struct wc_value *v, u16 slot)
{
	struct wc_translator *t = l->translator;
	bool acc = t->last.end == t->len && t->last.in_acc && t->last.slot == slot_of(t, v);
	u32 start = t->len;

	if (!wc_begin(l, acc ? WC_I32_ADD_AI : WC_I32_ADD_SI))
		return false;
	if (!acc)
		wc_unit(t, slot_of(t, v));
	wc_units2(t, wc_addend_of(v));
	put_result(t, start, slot, WASMCORE_I32, true);
	return true;
}

bool wc_in_slot(struct wc_load *l, struct wc_value *v, u16 *slot)
{
	if (v->where == WC_CONSTANT || is_sum(v)) {
		if (v->where == WC_CONSTANT ? !put_constant(l, v->bits, v->slot) : !put_sum(l, v, v->slot))
			return false;
		v->where = WC_IN_SLOT;
	}
	*slot = slot_of(l->translator, v);
	return true;
}

bool wc_address(struct wc_load *l, struct wc_value *v, u16 *slot, u32 *addend)
{
	*addend = 0;
	if (!is_sum(v))
		return wc_in_slot(l, v, slot);
	*slot = slot_of(l->translator, v);
	*addend = wc_addend_of(v);
	return true;
}

bool wc_move(struct wc_load *l, const struct wc_value *v, u16 slot)
{
	struct wc_translator *t = l->translator;
	u32 start;
	u16 from;

	if (v->where == WC_CONSTANT)
		return put_constant(l, v->bits, slot);
	if (is_sum(v))
		return put_sum(l, v, slot);
	from = slot_of(t, v);
	if (from == slot)
		return true;
	if (v->where == WC_IN_SLOT && last_made(t, v) && !t->last.fixed) {
		/* The instruction that made the value writes there instead: nobody else reads an operand. */
		t->code[t->len - 1] = slot;
		t->last.slot = slot;
		return true;
	}
	if (v->type == WASMCORE_V128) {
		if (!wc_begin(l, WC_MOVE2))
			return false;
		wc_unit(t, from);
		start = t->len - 2;
	} else if (wc_is_in_acc(t, v)) {
		wc_take_acc(t, v);
		start = t->len;
		if (!wc_begin(l, WC_MOVE_A))
			return false;
	} else if (t->last.end == t->len && t->code[t->last.start] == WC_MOVE_S) {
		/* Two copies in one instruction. */
		t->code[t->last.start] = WC_MOVE_PAIR;
		wc_unit(t, from);
		wc_unit(t, slot);
		wc_note_result(t, t->last.start, slot, 1, true, false);
		return true;
	} else {
		start = t->len;
		if (!wc_begin(l, WC_MOVE_S))
			return false;
		wc_unit(t, from);
	}
	put_result(t, start, slot, v->type, v->type != WASMCORE_V128);
	return true;
}

/* The entry at index i into its slot. */
static bool flush_value(struct wc_load *l, u32 i)
{
	struct wc_translator *t = l->translator;
	struct wc_value *v = &t->values[i];

	if (v->where == WC_IN_SLOT)
		return true;
	if (!wc_move(l, v, v->slot))
		return false;
	v->where = WC_IN_SLOT;
	return true;
}

/* Takes entry i out of the list of its local. It is at or near the head, for lists run from the top downwards. */
static void unlink_alias(struct wc_translator *t, u32 i)
{
	u32 *link = &t->local_heads[wc_local_of(&t->values[i])];

	while (*link != i)
		link = &t->values[*link].below;
	*link = t->values[i].below;
	t->naliases--;
}

bool wc_flush_top(struct wc_load *l, u32 n)
{
	struct wc_translator *t = l->translator;
	u32 i;

	if (t->dead)
		return true;
	/* From the top: each alias is then the head of its list. The topmost is also what the last instruction made. */
	for (i = t->nvalues; i-- > t->nvalues - n;) {
		if (t->values[i].where == WC_IN_LOCAL)
			unlink_alias(t, i);
		if (!flush_value(l, i))
			return false;
	}
	return true;
}

bool wc_flush_aliases(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	u32 i;

	if (t->dead)
		return true;
	for (i = t->nvalues; t->naliases && i-- > 0;) {
		if (t->values[i].where != WC_IN_LOCAL)
			continue;
		unlink_alias(t, i);
		if (!flush_value(l, i))
			return false;
	}
	return true;
}

bool wc_flush_local(struct wc_load *l, u32 local)
{
	struct wc_translator *t = l->translator;

	while (t->local_heads[local] != WC_NONE) {
		u32 i = t->local_heads[local];

		t->local_heads[local] = t->values[i].below;
		t->naliases--;
		if (!flush_value(l, i))
			return false;
	}
	return true;
}

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
	const u16 *last = t->code + t->last.start;
	u32 constant, start = t->last.start;
	u16 ir, slot = 0;
	bool acc;

	*done = false;
	if (!wc_is_in_acc(t, v) || v->where != WC_IN_SLOT)
		return true;
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
	put_result(t, start, wc_top(t, 0)->slot, WASMCORE_I32, true);
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
	const u16 *last = t->code + t->last.start;
	u16 base, x = 0, count, y_slot;
	bool x_acc, y_acc = false;
	u32 start, op;

	*done = false;
	if (!wc_is_in_acc(t, shifted) || shifted->where != WC_IN_SLOT || y->where == WC_CONSTANT || is_sum(y))
		return true;
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
	y_slot = slot_of(t, y);
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
	put_result(t, start, wc_top(t, 0)->slot, WASMCORE_I32, true);
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
		a_slot = slot_of(t, a);
		b_slot = slot_of(t, b);
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
	put_result(t, start, wc_top(t, 0)->slot, o->result, true);
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
	put_result(t, start, wc_top(t, 0)->slot, o->result, true);
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
	const u16 *last = t->code + t->last.start;

	if (!wc_is_in_acc(t, address) || address->where != WC_IN_SLOT)
		return false;
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

	if (is_sum(address)) {
		form = WC_LOAD_SI;
		a = slot_of(t, address);
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
	put_result(t, start, wc_top(t, 0)->slot, o->result, true);
	return true;
}

static bool emit_store(struct wc_load *l, const struct wc_opcode *o, struct wc_value *address, struct wc_value *v,
		       u32 offset)
{
	struct wc_translator *t = l->translator;
	bool is_immediate, address_acc, v_acc, sum = is_sum(address);
	u16 address_slot = 0, v_slot = 0;
	u32 value = 0, form;

	is_immediate = v->where == WC_CONSTANT && v->bits <= UINT32_MAX;
	if (is_immediate)
		value = (u32)v->bits;
	if (sum)
		address_slot = slot_of(t, address);
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
	put_result(t, start, wc_top(t, 0)->slot, type, type != WASMCORE_V128);
	return true;
}
