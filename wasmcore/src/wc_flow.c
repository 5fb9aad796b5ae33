/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Blocks, branches and calls.
 *
 * Where control can meet, operands stand in their slots: a block's results in the slots from block->slot on, a loop's
 * parameters likewise. Constants below a block may stay constants; operands that stand for locals are copied when a
 * block begins, because the local may change on one way only.
 *
 * Fuel: a basic block is paid by whatever enters it - a call, a branch taken, a branch not taken. That instruction has
 * a unit for the price, a "site"; it is filled in when the block ends, which is at the next instruction that may
 * branch. Code that falls into a label goes on in the same basic block, so joins cost nothing.
 */
#include "wc_translate.h"

#define LONGEST_BASIC_BLOCK 60000u		/* a price has 16 bits */

/* ---- fuel ---- */

static bool open_site(struct wc_load *l, u8 kind, u32 at)
{
	struct wc_translator *t = l->translator;
	size_t size = (t->nsites + 1) * sizeof(*t->sites);

	if (WC_UNLIKELY(size > t->sites_.size)) {
		if (!wc_buffer_reserve(&l->m->allocator, &t->sites_, size))
			return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
		t->sites = t->sites_.data;
	}
	t->sites[t->nsites].kind = kind;
	t->sites[t->nsites].at = at;
	t->sites[t->nsites++].start = t->count;
	return true;
}

void wc_close_sites(struct wc_translator *t)
{
	u32 i;

	for (i = 0; i < t->nsites; i++) {
		const struct wc_site *s = &t->sites[i];
		u32 cost = (u32)(t->count - s->start);

		if (s->kind == WC_SITE_UNIT)
			t->code[s->at] = (u16)cost;
		else if (s->kind == WC_SITE_LOOP)
			t->blocks[s->at].start_cost = cost;
		else
			t->entry_cost = cost;
	}
	t->nsites = 0;
}

bool wc_count(struct wc_load *l)
{
	struct wc_translator *t = l->translator;

	if (WC_UNLIKELY(t->nsites && t->count - t->sites[0].start >= LONGEST_BASIC_BLOCK)) {
		wc_close_sites(t);
		if (!wc_begin(l, WC_FUEL))
			return false;
		wc_unit(t, 0);
		if (!open_site(l, WC_SITE_UNIT, t->len - 1))
			return false;
	}
	t->count++;
	return true;
}

/* ---- labels ---- */

static u32 new_patch(struct wc_load *l, u32 to, u32 from, u32 next)
{
	struct wc_translator *t = l->translator;
	size_t size = (t->npatches + 1) * sizeof(*t->patches);

	if (WC_UNLIKELY(size > t->patches_.size)) {
		if (!wc_buffer_reserve(&l->m->allocator, &t->patches_, size)) {
			wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
			return WC_NONE;
		}
		t->patches = t->patches_.data;
	}
	t->patches[t->npatches].to = to;
	t->patches[t->npatches].from = from;
	t->patches[t->npatches].next = next;
	return t->npatches++;
}

/* The branch goes here: fills in the way, and this basic block's price when it is known. */
static bool bind(struct wc_load *l, u32 to, u32 from)
{
	struct wc_translator *t = l->translator;

	wc_put32(t->code + to, t->len - from);
	return open_site(l, WC_SITE_UNIT, to + 2);
}

bool wc_bind_patches(struct wc_load *l, u32 patch)
{
	struct wc_translator *t = l->translator;

	wc_barrier(t);
	for (; patch != WC_NONE; patch = t->patches[patch].next)
		if (!bind(l, t->patches[patch].to, t->patches[patch].from))
			return false;
	return true;
}

/* Three units: the way to a block's label (offset from unit `from`), and the price of entering it there. */
bool wc_put_target(struct wc_load *l, struct wc_block *block, u32 from)
{
	struct wc_translator *t = l->translator;
	u32 at = t->len;

	wc_units2(t, block->kind == WC_LOOP ? block->start - from : 0);
	wc_unit(t, block->kind == WC_LOOP ? block->start_cost : 0);
	if (block->kind == WC_LOOP)
		return true;
	block->patches = new_patch(l, at, from, block->patches);
	return block->patches != WC_NONE;
}

/* ---- blocks ---- */

bool wc_enter_block(struct wc_load *l, u8 kind, const struct wc_type *type)
{
	struct wc_translator *t = l->translator;

	if (!wc_flush_aliases(l))
		return false;
	/* Both arms of an if, and every turn of a loop, find the parameters in their slots. */
	if (kind != WC_BLOCK && !wc_flush_top(l, type->nparams))
		return false;
	if (!wc_push_block(l, kind, type))
		return false;
	if (kind == WC_LOOP && !t->dead) {
		wc_barrier(t);
		wc_top_block(t)->start = t->len;
		return open_site(l, WC_SITE_LOOP, t->nblocks - 1);
	}
	return true;
}

static u16 inverse_compare(u16 index)
{
	static const u8 inverse[10] = { 1, 0, 8, 9, 6, 7, 4, 5, 2, 3 };

	return (u16)(index / 10 * 10 + inverse[index % 10]);
}

/*
 * Counting and branching in one instruction: when the branch compares the accumulator, and the instruction before it
 * is an addition to a slot, which is what the accumulator holds. `units` are the branch's operands.
 */
static void take_addition(struct wc_translator *t, u16 *op, u16 *units, u32 *n)
{
	const u16 *add;
	u16 fused;

	if (t->before.end != t->len)
		return;
	add = t->code + t->before.start;
	/* A slot operand is read before the sum is written: it must be another slot. */
	if (*add != WC_I32_ADD_SI || (*n == 1 && units[0] == add[4]))
		return;
	switch (*op) {
	case WC_BR_I32_NE_AS: fused = WC_ADD_BR_I32_NE_S; break;
	case WC_BR_I32_NE_AI: fused = WC_ADD_BR_I32_NE_I; break;
	case WC_BR_I32_LT_U_AS: fused = WC_ADD_BR_I32_LT_U_S; break;
	case WC_BR_I32_LT_U_AI: fused = WC_ADD_BR_I32_LT_U_I; break;
	case WC_BR_I32_LT_S_AS: fused = WC_ADD_BR_I32_LT_S_S; break;
	case WC_BR_I32_LT_S_AI: fused = WC_ADD_BR_I32_LT_S_I; break;
	default: return;
	}
	memmove(units + 4, units, *n * sizeof(u16));
	memcpy(units, add + 1, 4 * sizeof(u16));
	*op = fused;
	*n += 4;
	t->len = t->before.start;
	wc_barrier(t);
}

/*
 * A branch taken when v is not zero (or is, with `invert`), up to its target, which wc_put_target() or a patch writes,
 * followed by the unit of the price for going on. Returns the unit that the offset counts from, WC_NONE on error.
 */
u32 wc_begin_branch(struct wc_load *l, struct wc_value *v, bool invert)
{
	struct wc_translator *t = l->translator;
	u16 units[6], op, compare, form, slot = 0;
	u32 n = 0, start, i;
	bool acc;

	if (!wc_in_slot(l, v, &slot))
		return WC_NONE;
	acc = wc_is_in_acc(t, v);
	if (acc && v->where == WC_IN_SLOT && t->code[t->last.start] >= WC_FIRST_COMPARE &&
	    t->code[t->last.start] <= WC_LAST_COMPARE && (t->code[t->last.start] - WC_FIRST_COMPARE) % 10 < WC_SA) {
		op = (u16)(t->code[t->last.start] - WC_FIRST_COMPARE);
		compare = op / 10;
		form = op % 10 / 2;
		n = t->last.end - t->last.start - 2;
		memcpy(units, t->code + t->last.start + 1, n * sizeof(u16));
		t->len = t->last.start;
	} else {
		compare = 1;			/* I32_NE with 0 */
		if (acc) {
			wc_take_acc(t, v);
			form = WC_BR_AI;
		} else {
			form = WC_BR_SI;
			units[n++] = slot;
		}
		units[n++] = 0;
		units[n++] = 0;
	}
	if (invert)
		compare = inverse_compare(compare);
	op = (u16)(WC_BR_I32_EQ_SS + compare * 4 + form);
	take_addition(t, &op, units, &n);
	start = t->len;
	if (!wc_begin(l, op))
		return WC_NONE;
	for (i = 0; i < n; i++)
		wc_unit(t, units[i]);
	wc_close_sites(t);
	return start;
}

bool wc_end_branch(struct wc_load *l)
{
	struct wc_translator *t = l->translator;

	wc_unit(t, 0);
	return open_site(l, WC_SITE_UNIT, t->len - 1);
}

/* A forward branch on v that is bound by the caller. */
bool wc_branch_around(struct wc_load *l, struct wc_value *v, bool invert, u32 *patch)
{
	struct wc_translator *t = l->translator;
	u32 from = wc_begin_branch(l, v, invert);

	if (from == WC_NONE)
		return false;
	*patch = new_patch(l, t->len, from, WC_NONE);
	if (*patch == WC_NONE)
		return false;
	wc_units2(t, 0);
	wc_unit(t, 0);
	return wc_end_branch(l);
}

bool wc_open_function(struct wc_load *l)
{
	return wc_push_block(l, WC_FUNCTION, l->translator->type) && open_site(l, WC_SITE_ENTRY, 0);
}

/* An unconditional branch; operands are where the label wants them. */
bool wc_emit_br(struct wc_load *l, struct wc_block *block)
{
	struct wc_translator *t = l->translator;
	u32 from = t->len;

	if (!wc_begin(l, WC_BR))
		return false;
	wc_close_sites(t);
	return wc_put_target(l, block, from);
}

bool wc_if(struct wc_load *l, const struct wc_type *type)
{
	struct wc_translator *t = l->translator;
	struct wc_value v;
	u32 patch = WC_NONE;

	if (!wc_pop(l, WASMCORE_I32, &v) || !wc_check_top(l, type->types, type->nparams))
		return false;
	if (!t->dead) {
		/* What has to be copied is copied before the branch, for both arms. */
		if (!wc_flush_aliases(l) || !wc_flush_top(l, type->nparams))
			return false;
		if (!wc_branch_around(l, &v, true, &patch))
			return false;
	}
	if (!wc_enter_block(l, WC_IF, type))
		return false;
	wc_top_block(t)->else_patch = patch;
	return true;
}

bool wc_else(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);

	if (block->kind != WC_IF)
		return wc_fail(l, WASMCORE_E_MALFORMED, "else without if");
	if (!wc_check_end(l))
		return false;
	if (!t->dead && (!wc_flush_top(l, block->nresults) || !wc_emit_br(l, block)))
		return false;
	wc_set_unreachable(l);
	block->kind = WC_ELSE;
	block->unreachable = false;
	t->dead = block->dead_entry;
	if (!t->dead) {
		if (!wc_bind_patches(l, block->else_patch))
			return false;
		block->else_patch = WC_NONE;
	}
	return wc_push_types(l, block->params, block->nparams);
}
