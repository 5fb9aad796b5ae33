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
void wc_put_result(struct wc_translator *t, u32 start, u16 slot, u8 type, bool scalar)
{
	wc_unit(t, slot);
	wc_note_result(t, start, slot, (u8)wc_type_slots(type), scalar, scalar);
}

static bool last_made(const struct wc_translator *t, const struct wc_value *v)
{
	return t->last.end == t->len && v->where != WC_CONSTANT && !wc_is_sum(v) && t->last.slot == wc_slot_of(t, v);
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
	bool acc = t->last.end == t->len && t->last.in_acc && t->last.slot == wc_slot_of(t, v);
	u32 start = t->len;

	if (!wc_begin(l, acc ? WC_I32_ADD_AI : WC_I32_ADD_SI))
		return false;
	if (!acc)
		wc_unit(t, wc_slot_of(t, v));
	wc_units2(t, wc_addend_of(v));
	wc_put_result(t, start, slot, WASMCORE_I32, true);
	return true;
}

bool wc_in_slot(struct wc_load *l, struct wc_value *v, u16 *slot)
{
	if (v->where == WC_CONSTANT || wc_is_sum(v)) {
		if (v->where == WC_CONSTANT ? !put_constant(l, v->bits, v->slot) : !put_sum(l, v, v->slot))
			return false;
		v->where = WC_IN_SLOT;
	}
	*slot = wc_slot_of(l->translator, v);
	return true;
}

bool wc_address(struct wc_load *l, struct wc_value *v, u16 *slot, u32 *addend)
{
	*addend = 0;
	if (!wc_is_sum(v))
		return wc_in_slot(l, v, slot);
	*slot = wc_slot_of(l->translator, v);
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
	if (wc_is_sum(v))
		return put_sum(l, v, slot);
	from = wc_slot_of(t, v);
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
	wc_put_result(t, start, slot, v->type, v->type != WASMCORE_V128);
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
