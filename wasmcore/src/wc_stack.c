/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The operand and control stacks of the validation algorithm (specification, appendix 7.3). Every type check of a
 * function body happens in this file.
 */
#include "wc_translate.h"

bool wc_invalid(struct wc_load *l, const char *message)
{
	return wc_fail(l, WASMCORE_E_INVALID, message);
}

static bool type_mismatch(struct wc_load *l)
{
	return wc_invalid(l, "type mismatch");
}

bool wc_work(struct wc_load *l, u64 steps)
{
	l->translator->work += steps;
	if (l->translator->work > l->translator->max_work)
		return wc_fail_limit(l, "steps to translate a function", l->translator->work, l->translator->max_work);
	return true;
}

static struct wc_value *push_value(struct wc_load *l, u8 type)
{
	struct wc_translator *t = l->translator;
	struct wc_value *v;
	u32 slot = t->locals_slots;

	if (WC_UNLIKELY((t->nvalues + 1) * sizeof(*v) > t->values_.size)) {
		if (!wc_buffer_reserve(&l->m->allocator, &t->values_, (t->nvalues + 1) * sizeof(*v))) {
			wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
			return NULL;
		}
		t->values = t->values_.data;
	}
	v = &t->values[t->nvalues];
	if (t->nvalues)
		slot = v[-1].slot + wc_type_slots(v[-1].type);
	if (slot + wc_type_slots(type) > WASMCORE_MAX_FRAME_SLOTS) {
		wc_fail_limit(l, "slots of locals and operands", slot + 2, WASMCORE_MAX_FRAME_SLOTS);
		return NULL;
	}
	v->type = type;
	v->where = WC_IN_SLOT;
	v->slot = (u16)slot;
	v->below = WC_NONE;
	v->bits = 0;
	if (slot + wc_type_slots(type) > t->max_slot)
		t->max_slot = slot + wc_type_slots(type);
	t->nvalues++;
	return v;
}

bool wc_push(struct wc_load *l, u8 type)
{
	return push_value(l, type);
}

bool wc_push_constant(struct wc_load *l, u8 type, u64 bits)
{
	struct wc_value *v = push_value(l, type);

	if (!v)
		return false;
	v->where = WC_CONSTANT;
	v->bits = bits;
	return true;
}

bool wc_push_local(struct wc_load *l, u32 local)
{
	struct wc_translator *t = l->translator;
	struct wc_value *v = push_value(l, t->locals[local]);

	if (!v)
		return false;
	v->where = WC_IN_LOCAL;
	v->bits = local;
	v->below = t->local_heads[local];
	t->local_heads[local] = t->nvalues - 1;
	t->naliases++;
	return true;
}

static void drop_top(struct wc_translator *t)
{
	struct wc_value *v = &t->values[--t->nvalues];

	if (v->where == WC_IN_LOCAL) {
		t->local_heads[wc_local_of(v)] = v->below;
		t->naliases--;
	}
}

bool wc_pop_any(struct wc_load *l, struct wc_value *out)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);

	if (WC_UNLIKELY(t->nvalues == block->height)) {
		if (!block->unreachable)
			return type_mismatch(l);
		memset(out, 0, sizeof(*out));
		return true;
	}
	*out = *wc_top(t, 0);
	drop_top(t);
	return true;
}

bool wc_pop(struct wc_load *l, u8 type, struct wc_value *out)
{
	if (!wc_pop_any(l, out))
		return false;
	if (WC_UNLIKELY(out->type != type)) {
		if (out->type != WC_ANY_TYPE)
			return type_mismatch(l);
		out->type = type;
	}
	return true;
}

bool wc_pop_types(struct wc_load *l, const u8 *types, u32 n)
{
	struct wc_value v;

	if (!wc_work(l, n))
		return false;
	while (n--)
		if (!wc_pop(l, types[n], &v))
			return false;
	return true;
}

bool wc_push_types(struct wc_load *l, const u8 *types, u32 n)
{
	u32 i;

	if (!wc_work(l, n))
		return false;
	for (i = 0; i < n; i++)
		if (!wc_push(l, types[i]))
			return false;
	return true;
}

bool wc_match_top(struct wc_load *l, const u8 *types, u32 n)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);
	u32 there = t->nvalues - block->height, i;

	if (!wc_work(l, n))
		return false;
	if (there < n && !block->unreachable)
		return type_mismatch(l);
	for (i = 0; i < n && i < there; i++) {
		u8 type = wc_top(t, i)->type;

		if (type != types[n - 1 - i] && type != WC_ANY_TYPE)
			return type_mismatch(l);
	}
	return true;
}

bool wc_check_top(struct wc_load *l, const u8 *types, u32 n)
{
	if (wc_top_block(l->translator)->unreachable)
		return wc_pop_types(l, types, n) && wc_push_types(l, types, n);
	return wc_match_top(l, types, n);
}

bool wc_push_block(struct wc_load *l, u8 kind, const struct wc_type *type)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block;

	if (t->nblocks >= l->m->limits.nesting)
		return wc_fail_limit(l, "blocks within blocks", (u64)t->nblocks + 1, l->m->limits.nesting);
	if (!wc_buffer_reserve(&l->m->allocator, &t->blocks_, (t->nblocks + 1) * sizeof(*block)))
		return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
	t->blocks = t->blocks_.data;
	block = &t->blocks[t->nblocks++];
	memset(block, 0, sizeof(*block));
	block->kind = kind;
	block->params = type->types;
	block->nparams = type->nparams;
	block->results = type->types + type->nparams;
	block->nresults = type->nresults;
	block->patches = WC_NONE;
	block->else_patch = WC_NONE;
	block->dead_entry = t->dead;
	/* The parameters are on the stack already; the function's own are locals. */
	if (kind == WC_FUNCTION) {
		block->params = NULL;
		block->nparams = 0;
	}
	block->height = t->nvalues - block->nparams;
	block->slot = (u16)(block->height ? t->values[block->height - 1].slot +
			    wc_type_slots(t->values[block->height - 1].type) : t->locals_slots);
	return true;
}

bool wc_check_end(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);

	if (!wc_check_top(l, block->results, block->nresults))
		return false;
	if (t->nvalues != block->height + block->nresults)
		return type_mismatch(l);
	return true;
}

void wc_set_unreachable(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);

	while (t->nvalues > block->height)
		drop_top(t);
	block->unreachable = true;
	t->dead = true;
	wc_barrier(t);
}
