/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Validation and translation of one function body, in one pass. The stack of operands is that of the specification's
 * validation algorithm (appendix 7.3); each entry also says where the value will be when the code runs.
 *
 *	wc_stack.c	the two stacks of validation: operands and blocks
 *	wc_emit.c	writes internal code: operands, results, accumulator
 *	wc_operators.c	arithmetic, loads and stores
 *	wc_flow.c	blocks, labels, conditional branches and their fuel
 *	wc_leave.c	ends, branches, returns, calls
 *	wc_scan.c	the form of instructions alone
 *	wc_body.c	reads instructions and hands them to the others
 */
#ifndef WC_TRANSLATE_H
#define WC_TRANSLATE_H

#include "wc_opcodes.h"
#include "wc_reader.h"

enum wc_where {
	WC_IN_SLOT,			/* in its own slot, `slot` */
	WC_IN_LOCAL,			/* a local that has not changed since, plus a constant: see wc_local_of() */
	WC_CONSTANT,			/* bits */
};

#define WC_ANY_TYPE 0			/* operand of unreachable code */

struct wc_value {
	u8 type;
	u8 where;			/* enum wc_where */
	u16 slot;			/* the one that belongs to this height of the stack */
	u32 below;			/* WC_IN_LOCAL: the next lower entry of that local, WC_NONE: none */
	u64 bits;
};

/* Clearing locals and moving many operands take time that no instruction stands for. */
#define WC_SLOTS_PER_FUEL 8

enum wc_block_kind { WC_BLOCK, WC_LOOP, WC_IF, WC_ELSE, WC_FUNCTION };

struct wc_block {
	u8 kind;
	bool unreachable;		/* by the validation algorithm */
	bool dead_entry;		/* nothing is emitted for the block */
	u16 slot;			/* of its first parameter or result */
	u16 nparams, nresults;
	const u8 *params, *results;
	u32 height;			/* of the operand stack without parameters */
	u32 start;			/* loops: unit of the header */
	u32 start_cost;			/* loops: fuel of the header's basic block */
	u32 patches;			/* branches to the end, WC_NONE: none */
	u32 else_patch;			/* the branch around the first arm */
};

/* A branch whose target is not known yet: `to` is the unit of its offset, followed by the fuel of the target. */
struct wc_patch {
	u32 to, from;			/* from: unit that the offset counts from */
	u32 next;
};

/* Where the fuel of the current basic block will be written when its end is known. */
struct wc_site {
	u8 kind;			/* enum wc_site_kind */
	u32 at;				/* unit, or index of the block */
	u64 start;			/* instructions before */
};
enum wc_site_kind { WC_SITE_UNIT, WC_SITE_LOOP, WC_SITE_ENTRY };

/* The instruction emitted last, as long as the next one may build on it. */
struct wc_last {
	u32 start, end;			/* units; end is WC_NONE when there is none */
	u16 slot;			/* of the result, the last unit */
	u8 slots;			/* 1, or 2 for v128 */
	bool in_acc;			/* the accumulator holds the result */
	bool can_skip_slot;		/* has a form with WC_TO_A */
	bool fixed;			/* the slot cannot be changed */
};

struct wc_translator {
	struct wc_buffer values_, blocks_, patches_, sites_, lines_, code_, locals_, slots_, heads_;
	struct wc_value *values;
	struct wc_block *blocks;
	struct wc_patch *patches;
	struct wc_site *sites;
	struct wc_line *lines;
	u16 *code;
	u8 *locals;			/* types */
	u16 *local_slots;
	u32 *local_heads;		/* topmost operand that stands for the local, WC_NONE: none */
	u32 nvalues, nblocks, npatches, nsites, nlines, nlocals;
	u32 len;			/* units of code */
	u32 naliases;			/* operands in WC_IN_LOCAL */
	u32 max_slot;
	u32 locals_slots;		/* slots of parameters and locals: where operands begin */
	bool dead;			/* nothing here can be reached: nothing is emitted */
	struct wc_last last, before;	/* before: the one before the last, when it ends where that begins */
	u64 count;			/* instructions since the start of the function */
	u64 work, max_work;
	u32 entry_cost;
	u32 op_offset;			/* of the current instruction in the module */
	const struct wc_type *type;
	size_t total_units;
};

/* bits of WC_IN_LOCAL: index of the local, and in the high half an i32 to be added, which waits for its use. */
static inline u32 wc_local_of(const struct wc_value *v)
{
	return (u32)v->bits;
}

static inline u32 wc_addend_of(const struct wc_value *v)
{
	return (u32)(v->bits >> 32);
}

static inline struct wc_block *wc_top_block(struct wc_translator *t)
{
	return &t->blocks[t->nblocks - 1];
}

static inline struct wc_value *wc_top(struct wc_translator *t, u32 depth)
{
	return &t->values[t->nvalues - 1 - depth];
}

/* ---- wc_stack.c ---- */
bool wc_push(struct wc_load *l, u8 type);
bool wc_push_constant(struct wc_load *l, u8 type, u64 bits);
bool wc_push_local(struct wc_load *l, u32 local);
bool wc_pop_any(struct wc_load *l, struct wc_value *out);
bool wc_pop(struct wc_load *l, u8 type, struct wc_value *out);
bool wc_pop_types(struct wc_load *l, const u8 *types, u32 n);		/* values that have their slots */
bool wc_push_types(struct wc_load *l, const u8 *types, u32 n);
bool wc_match_top(struct wc_load *l, const u8 *types, u32 n);		/* could be popped */
bool wc_check_top(struct wc_load *l, const u8 *types, u32 n);		/* pop and push, without moving anything */
bool wc_push_block(struct wc_load *l, u8 kind, const struct wc_type *type);
bool wc_check_end(struct wc_load *l);					/* results there, nothing else */
void wc_set_unreachable(struct wc_load *l);
bool wc_invalid(struct wc_load *l, const char *message);
bool wc_work(struct wc_load *l, u64 steps);

/* ---- wc_emit.c ---- */
bool wc_begin(struct wc_load *l, u16 op);		/* room for any instruction is ensured */
static inline void wc_unit(struct wc_translator *t, u32 unit)
{
	t->code[t->len++] = (u16)unit;
}
static inline void wc_units2(struct wc_translator *t, u32 v)
{
	wc_put32(t->code + t->len, v);
	t->len += 2;
}
void wc_barrier(struct wc_translator *t);		/* the accumulator and the last instruction are unknown */
void wc_note_result(struct wc_translator *t, u32 start, u16 slot, u8 slots, bool in_acc, bool can_skip_slot);
void wc_put_result(struct wc_translator *t, u32 start, u16 slot, u8 type, bool scalar);	/* its slot, and wc_note_result() */
static inline u16 wc_slot_of(const struct wc_translator *t, const struct wc_value *v)
{
	return v->where == WC_IN_LOCAL ? t->local_slots[wc_local_of(v)] : v->slot;
}
static inline bool wc_is_sum(const struct wc_value *v)
{
	return v->where == WC_IN_LOCAL && wc_addend_of(v);
}
bool wc_is_in_acc(const struct wc_translator *t, const struct wc_value *v);
void wc_take_acc(struct wc_translator *t, const struct wc_value *v);
bool wc_in_slot(struct wc_load *l, struct wc_value *v, u16 *slot);	/* a constant is put into its slot */
bool wc_address(struct wc_load *l, struct wc_value *v, u16 *slot, u32 *addend);	/* a slot plus a constant */
bool wc_move(struct wc_load *l, const struct wc_value *v, u16 slot);
bool wc_flush_top(struct wc_load *l, u32 n);		/* the n topmost operands into their slots */
bool wc_flush_aliases(struct wc_load *l);		/* all operands that stand for locals */
bool wc_flush_local(struct wc_load *l, u32 local);	/* those of one local */

/* ---- wc_operators.c ---- */
bool wc_emit_opcode(struct wc_load *l, const struct wc_opcode *o, u32 offset);
bool wc_emit_local_set(struct wc_load *l, u32 local, struct wc_value *v);
bool wc_emit_test(struct wc_load *l, const struct wc_opcode *o, struct wc_value *a);
bool wc_emit_select(struct wc_load *l, struct wc_value *condition, struct wc_value *a, struct wc_value *b, u8 type);

/* ---- wc_flow.c ---- */
bool wc_count(struct wc_load *l);			/* one more instruction in the basic block */
void wc_close_sites(struct wc_translator *t);
bool wc_open_function(struct wc_load *l);
/* A conditional branch is written in three steps: condition (returns the unit that offsets count from), target, end. */
u32 wc_begin_branch(struct wc_load *l, struct wc_value *v, bool invert);
bool wc_put_target(struct wc_load *l, struct wc_block *block, u32 from);
bool wc_end_branch(struct wc_load *l);
bool wc_branch_around(struct wc_load *l, struct wc_value *v, bool invert, u32 *patch);	/* bound by the caller */
bool wc_bind_patches(struct wc_load *l, u32 patch);					/* here */
bool wc_emit_br(struct wc_load *l, struct wc_block *block);
bool wc_enter_block(struct wc_load *l, u8 kind, const struct wc_type *type);
bool wc_if(struct wc_load *l, const struct wc_type *type);
bool wc_else(struct wc_load *l);

/* ---- wc_leave.c ---- */
bool wc_end(struct wc_load *l);
bool wc_br(struct wc_load *l, u32 depth);
bool wc_br_if(struct wc_load *l, u32 depth);
bool wc_br_table(struct wc_load *l);
bool wc_return(struct wc_load *l);
bool wc_call(struct wc_load *l, u32 function);
bool wc_call_indirect(struct wc_load *l, u32 type, u32 table);
bool wc_unreachable(struct wc_load *l);

/* ---- wc_scan.c ---- */
bool wc_is_opcode(u8 op);
bool wc_scan_body(struct wc_load *l);			/* is what follows well-formed? */
bool wc_has_data_section(const struct wc_load *l);	/* after the code section */

/* ---- wc_body_memory.c ---- */
bool wc_read_memarg(struct wc_load *l, u32 max_align, u32 *offset);
bool wc_translate_fc(struct wc_load *l);		/* after prefix 0xfc */
bool wc_translate_fd(struct wc_load *l);		/* after prefix 0xfd */
bool wc_translate_memory(struct wc_load *l, u8 op);	/* memory.size, memory.grow */
bool wc_translate_table(struct wc_load *l, u8 op);	/* table.get, table.set */

#endif
