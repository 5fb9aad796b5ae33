/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Ways out of a block: its end, branches, returns; and calls. */
#include "wc_translate.h"

/* The n topmost operands, which have types `types`, to consecutive slots. */
static bool move_top(struct wc_load *l, u32 n, u16 slot)
{
	struct wc_translator *t = l->translator;
	u32 slots;
	u16 from;

	if (n == 0)
		return true;
	if (n == 1)
		return wc_move(l, wc_top(t, 0), slot);
	if (!wc_flush_top(l, n))
		return false;
	from = wc_top(t, n - 1)->slot;
	if (from == slot)
		return true;
	slots = wc_top(t, 0)->slot + wc_type_slots(wc_top(t, 0)->type) - from;
	t->count += slots / WC_SLOTS_PER_FUEL;
	if (!wc_begin(l, WC_MOVE_MANY))
		return false;
	wc_unit(t, from);
	wc_unit(t, slot);
	wc_unit(t, slots);
	return true;
}

/* Returns with the function's results on top of the stack. */
static bool emit_return(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	u32 n = t->type->nresults;
	struct wc_value v;	/* a copy: the stack's entry stays in the list of its local */
	u16 slot;

	if (n == 1 && wc_top(t, 0)->type != WASMCORE_V128) {
		v = *wc_top(t, 0);
		if (v.where == WC_CONSTANT && v.bits <= UINT32_MAX) {
			if (!wc_begin(l, WC_RETURN_I))
				return false;
			wc_units2(t, (u32)v.bits);
		} else {
			if (!wc_in_slot(l, &v, &slot))
				return false;
			if (wc_is_in_acc(t, &v)) {
				wc_take_acc(t, &v);
				if (!wc_begin(l, WC_RETURN_A))
					return false;
			} else {
				if (!wc_begin(l, WC_RETURN_S))
					return false;
				wc_unit(t, slot);
			}
		}
	} else if (!move_top(l, n, 0) || !wc_begin(l, WC_RETURN)) {
		return false;
	}
	wc_close_sites(t);
	return true;
}

bool wc_end(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block = wc_top_block(t);
	u32 patches = block->patches, else_patch = block->else_patch, n = block->nresults;
	bool joins = patches != WC_NONE || else_patch != WC_NONE;

	if (block->kind == WC_IF && (block->nparams != block->nresults ||
				     memcmp(block->params, block->results, block->nparams)))
		return wc_invalid(l, "type mismatch");
	if (!wc_check_end(l))
		return false;
	if (joins) {
		if (!t->dead && !wc_flush_top(l, n))
			return false;
		if (t->dead) {
			/* Only branches come here: the results are in their slots. */
			if (!wc_pop_types(l, block->results, n) || !wc_push_types(l, block->results, n))
				return false;
			t->dead = false;
		}
		if (!wc_bind_patches(l, patches) || !wc_bind_patches(l, else_patch))
			return false;
	}
	if (block->kind == WC_FUNCTION) {
		if (!t->dead && !emit_return(l))
			return false;
		wc_close_sites(t);
	}
	t->nblocks--;
	return true;
}

static bool check_depth(struct wc_load *l, u32 depth)
{
	return depth < l->translator->nblocks || wc_invalid(l, "unknown label");
}

static struct wc_block *label(struct wc_translator *t, u32 depth, const u8 **types, u32 *n)
{
	struct wc_block *block = &t->blocks[t->nblocks - 1 - depth];

	*types = block->kind == WC_LOOP ? block->params : block->results;
	*n = block->kind == WC_LOOP ? block->nparams : block->nresults;
	return block;
}

bool wc_br(struct wc_load *l, u32 depth)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block;
	const u8 *types;
	u32 n;

	if (!check_depth(l, depth))
		return false;
	block = label(t, depth, &types, &n);
	if (!wc_check_top(l, types, n))
		return false;
	if (!t->dead) {
		if (block->kind == WC_FUNCTION) {
			if (!emit_return(l))
				return false;
		} else if (!move_top(l, n, block->slot) || !wc_emit_br(l, block)) {
			return false;
		}
	}
	wc_set_unreachable(l);
	return true;
}

bool wc_br_if(struct wc_load *l, u32 depth)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block;
	struct wc_value v;
	const u8 *types;
	u32 n, patch, from;

	if (!check_depth(l, depth) || !wc_pop(l, WASMCORE_I32, &v))
		return false;
	block = label(t, depth, &types, &n);
	if (!wc_check_top(l, types, n))
		return false;
	if (t->dead)
		return true;
	if (!wc_flush_top(l, n))
		return false;
	if (n == 0 || wc_top(t, n - 1)->slot == block->slot) {
		from = wc_begin_branch(l, &v, false);
		return from != WC_NONE && wc_put_target(l, block, from) && wc_end_branch(l);
	}
	/* The operands move only on the way to the label. */
	return wc_branch_around(l, &v, true, &patch) && move_top(l, n, block->slot) && wc_emit_br(l, block) &&
	       wc_bind_patches(l, patch);
}

/* Where a br_table's entry goes when operands have to move first: code of its own after the table. */
static bool emit_table_stub(struct wc_load *l, u32 depth, u32 entry, u32 from)
{
	struct wc_translator *t = l->translator;
	const u8 *types;
	u32 n;
	struct wc_block *block = label(t, depth, &types, &n);

	wc_put32(t->code + entry, t->len - from);
	wc_barrier(t);
	return move_top(l, n, block->slot) && wc_emit_br(l, block);
}

static bool table_entry(struct wc_load *l, u32 depth, u32 arity, u32 from, bool *needs_stub)
{
	struct wc_translator *t = l->translator;
	struct wc_block *block;
	const u8 *types;
	u32 n;

	if (!check_depth(l, depth))
		return false;
	block = label(t, depth, &types, &n);
	if (n != arity)
		return wc_invalid(l, "type mismatch");
	if (!wc_match_top(l, types, n))
		return false;
	*needs_stub = false;
	if (t->dead)
		return true;
	if (n && wc_top(t, n - 1)->slot != block->slot) {
		*needs_stub = true;
		wc_units2(t, 0);
		wc_unit(t, 0);
		return true;
	}
	return wc_put_target(l, block, from);
}

bool wc_br_table(struct wc_load *l)
{
	struct wc_translator *t = l->translator;
	const u8 *entries, *end;
	struct wc_value v;
	const u8 *types;
	u32 count, i, depth, arity, from = 0, table = 0, stubs = 0;
	bool stub = false;
	u16 slot;

	if (!wc_read_u32(l, &count))
		return false;
	if (count >= wc_left(l))
		return wc_fail(l, WASMCORE_E_MALFORMED, "unexpected end");
	/* The default label, the last one, gives the number of operands. */
	entries = l->pos;
	for (i = 0; i <= count; i++)
		if (!wc_read_u32(l, &depth))
			return false;
	end = l->pos;
	if (!check_depth(l, depth) || !wc_pop(l, WASMCORE_I32, &v))
		return false;
	label(t, depth, &types, &arity);
	if (!wc_match_top(l, types, arity))
		return false;
	if (!t->dead) {
		if (!wc_in_slot(l, &v, &slot) || !wc_flush_top(l, arity))
			return false;
		from = t->len;
		if (!wc_begin(l, WC_BR_TABLE))
			return false;
		wc_unit(t, slot);
		wc_units2(t, count);
		wc_close_sites(t);
		table = t->len;
		if (!wc_buffer_reserve(&l->m->allocator, &t->code_, (t->len + 3 * ((size_t)count + 8)) * sizeof(u16)))
			return wc_fail(l, WASMCORE_E_NOMEM, "no memory for translation");
		t->code = t->code_.data;
	}
	l->pos = entries;
	for (i = 0; i <= count; i++) {
		if (!wc_read_u32(l, &depth) || !table_entry(l, depth, arity, from, &stub))
			return false;
		stubs += stub;
	}
	if (stubs) {
		l->pos = entries;
		for (i = 0; i <= count; i++) {
			if (!wc_read_u32(l, &depth))
				return false;
			/* Entries that need no stub have been patched or will be: their label's slot is right. */
			if (wc_top(t, arity - 1)->slot != label(t, depth, &types, &arity)->slot &&
			    !emit_table_stub(l, depth, table + 3 * i, from))
				return false;
		}
	}
	l->pos = end;
	wc_set_unreachable(l);
	return true;
}

bool wc_return(struct wc_load *l)
{
	return wc_br(l, l->translator->nblocks - 1);
}

bool wc_unreachable(struct wc_load *l)
{
	struct wc_translator *t = l->translator;

	if (!t->dead) {
		if (!wc_begin(l, WC_UNREACHABLE))
			return false;
		wc_close_sites(t);
	}
	wc_set_unreachable(l);
	return true;
}

/* ---- calls ---- */

/* Arguments into their slots; they become the callee's first slots, and the results take their place. */
static bool take_arguments(struct wc_load *l, const struct wc_type *type, u16 *slot)
{
	struct wc_translator *t = l->translator;

	if (!wc_check_top(l, type->types, type->nparams) || !wc_flush_top(l, type->nparams) ||
	    !wc_pop_types(l, type->types, type->nparams))
		return false;
	*slot = (u16)(t->nvalues ? wc_top(t, 0)->slot + wc_type_slots(wc_top(t, 0)->type) : t->locals_slots);
	return true;
}

/* A single result is in the accumulator too, whoever was called. */
static bool push_results(struct wc_load *l, const struct wc_type *type, u32 start)
{
	const u8 *results = type->types + type->nparams;
	struct wc_translator *t = l->translator;

	if (!wc_push_types(l, results, type->nresults))
		return false;
	if (!t->dead && type->nresults == 1 && results[0] != WASMCORE_V128) {
		wc_note_result(t, start, wc_top(t, 0)->slot, 1, true, false);
		t->last.fixed = true;
	}
	return true;
}

bool wc_call(struct wc_load *l, u32 function)
{
	struct wc_translator *t = l->translator;
	const struct wc_type *type;
	bool imported = function < l->m->nimported_functions;
	u32 start;
	u16 slot;

	if (function >= l->m->nfunctions)
		return wc_invalid(l, "unknown function");
	type = wc_function_type(l->m, function);
	if (!take_arguments(l, type, &slot))
		return false;
	start = t->len;
	if (!t->dead) {
		if (!wc_begin(l, imported ? WC_CALL_IMPORT : WC_CALL))
			return false;
		wc_units2(t, imported ? function : function - l->m->nimported_functions);
		wc_unit(t, slot);
	}
	return push_results(l, type, start);
}

bool wc_call_indirect(struct wc_load *l, u32 type_index, u32 table)
{
	struct wc_translator *t = l->translator;
	const struct wc_type *type;
	struct wc_value v;
	u16 slot, index = 0;
	u32 start;

	if (table >= l->m->ntables)
		return wc_invalid(l, "unknown table");
	if (l->m->tables[table].type != WASMCORE_FUNCREF)
		return wc_invalid(l, "type mismatch");
	if (type_index >= l->m->ntypes)
		return wc_invalid(l, "unknown type");
	type = &l->m->types[type_index];
	if (!wc_pop(l, WASMCORE_I32, &v))
		return false;
	if (!t->dead && !wc_in_slot(l, &v, &index))
		return false;
	if (!take_arguments(l, type, &slot))
		return false;
	start = t->len;
	if (!t->dead) {
		if (!wc_begin(l, WC_CALL_INDIRECT))
			return false;
		wc_unit(t, table);
		wc_units2(t, type->canonical);
		wc_unit(t, index);
		wc_unit(t, slot);
	}
	return push_results(l, type, start);
}
