/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the files of the engine share: modules, instances, and the state of a running guest. */
#ifndef WC_INTERNAL_H
#define WC_INTERNAL_H

#include "wasmcore.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "wasmcore supports little-endian machines only"
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define WC_LIKELY(x) __builtin_expect(!!(x), 1)
#define WC_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WC_COLD __attribute__((cold, noinline))
#define WC_NONE UINT32_MAX

/*
 * The four functions a compiler may call by itself are the only ones from outside. Named this way they are expanded
 * in place where the size is known, with -ffreestanding too.
 */
#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#define memcmp __builtin_memcmp

/* ---- memory (wc_memory.c) ---- */

/* Many small blocks that are freed together. */
struct wc_pool {
	struct wasmcore_allocator allocator;
	struct wc_chunk *chunks;
	size_t used, size;		/* of the newest chunk */
	size_t total;			/* requested from the allocator */
};
void *wc_pool_alloc(struct wc_pool *pool, size_t size);	/* zeroed, aligned to 8; NULL: no memory */
void wc_pool_free(struct wc_pool *pool);

/* A block that grows while a module is loaded. */
struct wc_buffer {
	void *data;
	size_t size;			/* bytes */
};
bool wc_buffer_reserve(const struct wasmcore_allocator *a, struct wc_buffer *b, size_t size);
void wc_buffer_free(const struct wasmcore_allocator *a, struct wc_buffer *b);

/* Sorts numbers by less(a, b, user); heapsort, no recursion, in place. */
void wc_sort(u32 *v, size_t n, bool (*less)(u32 a, u32 b, const void *user), const void *user);

/* ---- text (wc_text.c) ---- */

/* Appends to a fixed buffer, cuts what does not fit, always ends in NUL. */
struct wc_text {
	char *at, *end;
};
void wc_text_init(struct wc_text *t, char *buffer, size_t size);
void wc_text_add(struct wc_text *t, const char *s);
void wc_text_bytes(struct wc_text *t, const char *s, size_t n);	/* unprintable bytes become '?' */
void wc_text_u64(struct wc_text *t, u64 n);
void wc_text_hex(struct wc_text *t, u64 n);

/* ---- modules ---- */

struct wc_type {
	u16 nparams, nresults;
	u16 param_slots, result_slots;
	u32 canonical;			/* index of the first equal type */
	const u8 *types;		/* parameters, then results */
};

enum wc_const_kind { WC_CONST_VALUE, WC_CONST_GLOBAL, WC_CONST_FUNCTION };

/* A constant expression (3.3.10): one instruction in WebAssembly 2.0. */
struct wc_const {
	u8 kind;			/* enum wc_const_kind */
	u8 type;
	u32 index;			/* of a global or function */
	u64 value[2];
};

struct wc_import {
	u32 module, module_size;	/* offset in the bytes */
	u32 name, name_size;
	u8 kind;
	u32 index;			/* in its index space */
};

struct wc_export {
	u32 name, name_size;
	u8 kind;
	u32 index;
};

struct wc_table_type {
	u8 type;
	u32 min, max;			/* max WC_NONE: none */
};

struct wc_global_type {
	u8 type;
	bool is_mutable;
	u32 cell;			/* own globals: index of the first slot in the instance's cells */
	struct wc_const init;		/* own globals */
};

enum wc_segment_mode { WC_ACTIVE, WC_PASSIVE, WC_DECLARATIVE };

struct wc_element {
	u8 type, mode;
	u32 table;
	struct wc_const offset;
	u32 count;
	u32 *items;			/* index of a function, or WC_ITEM_GLOBAL and of a global, or WC_NONE: null */
};
#define WC_ITEM_GLOBAL (1u << 31)

struct wc_data {
	u8 mode;
	struct wc_const offset;
	u32 start, size;		/* in the bytes */
};

/* A translated function. */
struct wc_code {
	const u16 *code;
	const u8 *lines;		/* where in the module each piece of code comes from (wc_lines.c) */
	u32 code_units, lines_size;
	u32 entry_cost;			/* fuel of the first basic block */
	u32 body;			/* offset of the body in the bytes */
	u16 frame_slots;		/* parameters, locals and operands */
	u16 param_slots;
	u16 zero_slots;			/* locals after the parameters */
	u16 result_slots;
	u32 index;			/* of the function */
};

struct wasmcore_module {
	struct wasmcore_allocator allocator;
	struct wasmcore_limits limits;
	u32 deny;
	const u8 *bytes;
	u32 size;
	struct wc_pool pool;

	struct wc_type *types;
	u32 ntypes;
	struct wc_import *imports;
	u32 nimports;
	u32 *function_types;		/* index of the type of each function, imported ones first */
	u32 nfunctions, nimported_functions;
	struct wc_code *code;		/* own functions */
	struct wc_table_type *tables;
	u32 ntables, nimported_tables;
	u32 nmemories, nimported_memories;
	u32 memory_min, memory_max;
	struct wc_global_type *globals;
	u32 nglobals, nimported_globals, nglobal_cells;
	struct wc_export *exports;
	u32 *export_order;		/* sorted by name */
	u32 nexports;
	u32 start;			/* WC_NONE: none */
	struct wc_element *elements;
	u32 nelements;
	struct wc_data *datas;
	u32 ndatas;
	bool uses_floats, uses_simd;
	size_t code_bytes;
};

static inline const struct wc_type *wc_function_type(const struct wasmcore_module *m, u32 function)
{
	return &m->types[m->function_types[function]];
}

static inline u32 wc_type_slots(u8 type)
{
	return type == WASMCORE_V128 ? 2 : 1;
}

static inline bool wc_is_ref(u8 type)
{
	return type == WASMCORE_FUNCREF || type == WASMCORE_EXTERNREF;
}

static inline bool wc_types_equal(const struct wc_type *a, const struct wc_type *b)
{
	return a->nparams == b->nparams && a->nresults == b->nresults &&
	       !memcmp(a->types, b->types, (size_t)a->nparams + a->nresults);
}

/* ---- loading (wc_load.c, wc_sections.c, wc_segments.c, wc_body.c) ---- */

/* State while a module is loaded; the error is set by whoever returns false. */
struct wc_load {
	struct wasmcore_module *m;
	struct wasmcore_error *err;
	const u8 *pos, *end;		/* what is being read */
	const u8 *section_end;		/* of the section around it */
	u32 function;			/* being read, or WC_NONE */
	u32 ncode;			/* entries of the code section */
	u32 data_count;			/* of the data count section, WC_NONE: absent */
	u8 *declared;			/* one bit a function: may stand in ref.func */
	struct wc_translator *translator;
};

void wc_set_error(struct wc_load *l, enum wasmcore_status status, const char *message);
void wc_set_limit_error(struct wc_load *l, const char *name, u64 value, u64 limit);

/* Return false, so that "return wc_fail(...)" says both. */
static inline bool wc_fail(struct wc_load *l, enum wasmcore_status status, const char *message)
{
	wc_set_error(l, status, message);
	return false;
}

static inline bool wc_fail_limit(struct wc_load *l, const char *name, u64 value, u64 limit)
{
	wc_set_limit_error(l, name, value, limit);
	return false;
}

bool wc_read_sections(struct wc_load *l);

/* wc_segments.c */
bool wc_pool_array(struct wc_load *l, size_t n, size_t size, void *out);	/* *out: zeroed, n elements */
bool wc_declare_function(struct wc_load *l, u32 index);		/* it may stand in ref.func (3.4.1, refs) */
bool wc_read_const(struct wc_load *l, u8 type, struct wc_const *out);
bool wc_read_element_section(struct wc_load *l);
bool wc_read_data_section(struct wc_load *l);

/* Validates and translates the body in [l->pos, l->end) of own function `index`. */
bool wc_translate(struct wc_load *l, u32 index);
bool wc_translator_init(struct wc_load *l);
void wc_translator_free(struct wc_load *l);

/* wc_lines.c: a table of (code unit, module offset) pairs, in differences. */
struct wc_line {
	u32 unit, offset;
};
size_t wc_lines_encode(const struct wc_line *lines, size_t n, u8 *out);	/* out NULL: only the size */
u32 wc_lines_find(const struct wc_code *code, u32 unit);

/* ---- instances ---- */

struct wc_memory {
	u8 *base;
	u64 size;			/* bytes that may be used now */
	u32 pages, max_pages, peak_pages;
	u32 type_max;			/* of the type, for linking; WC_NONE: none */
	size_t reserved;
};

struct wc_table {
	u64 *items;
	u32 size, max;
	u32 type_max;			/* of the type, for linking; WC_NONE: none */
	u8 type;
	size_t reserved;
};

struct wasmcore_function {
	const struct wc_type *type;
	struct wasmcore_instance *instance;	/* whose function it is; for host functions: who imported it */
	const struct wc_code *code;		/* NULL: a host function */
	wasmcore_host_fn host;
	void *user;
	u32 index;
	u32 host_slots;			/* host functions: the larger of parameters and results */
};

/* One active call. */
struct wc_frame {
	const u16 *ip;			/* where the caller goes on */
	u64 *fp;			/* the caller's slots */
	const void *code;		/* struct wc_code of the callee; see wc_call.c for calls between instances */
};

/*
 * The machine that runs an instance: its stacks, and what the running code needs at hand of the instance whose
 * function is active (`instance`), which is another one while an imported function runs.
 */
struct wc_machine {
	u64 memory_size;
	s64 floor;				/* 0; INT64_MAX after a request: the fuel is then below it. Atomic */
	u64 *globals;
	const struct wc_code *code;	/* own functions */
	const struct wc_type *types;
	struct wasmcore_instance *instance;
	struct wc_frame *frame;		/* innermost */
	struct wc_frame *frame_mark, *frame_end;	/* highest ever, and last that may be used */
	u64 *slot_mark, *slot_end;	/* the same for slots */
	u64 *top;			/* first free slot while the host runs */
	s64 fuel;			/* while the host runs */
	const u16 *trap_ip;		/* of the last trap */
	struct wasmcore_function *callee;	/* for the rare call that leaves the instance */
	u64 *callee_args;
	const u16 *callee_after;
	union {
		u32 as_u32;
		u64 as_u64;
	} converted;			/* a float to an integer: for the handlers only */
	u32 nesting, max_nesting;
	struct wc_frame *frames;
	u64 *slots;
	u32 nslots, nframes;
	bool interrupt_wanted, sample_wanted;	/* requests, told by the floor; atomic */
	wasmcore_sampler sampler;
	void *sampler_user;
};

enum wc_state { WC_STATE_NEW, WC_STATE_READY, WC_STATE_FAILED };

struct wasmcore_instance {
	struct wc_machine machine;
	const struct wasmcore_module *module;
	u8 state;
	struct wasmcore_function **functions;	/* by index */
	struct wc_table **tables;
	struct wc_memory *memory;		/* an empty one when the module has none */
	u64 **globals;				/* by index: the cells */
	u64 *cells;				/* own globals */
	bool *dropped_elements, *dropped_datas;
	struct wc_memory own_memory;
	struct wc_table *own_tables;
	struct wc_pool pool;
	void *user;
	u64 fuel_given, fuel_used;		/* before the last wasmcore_set_fuel() */
	u64 calls, traps;
	enum wasmcore_trap last_trap;
	u32 nbacktrace;
	struct wasmcore_frame backtrace[32];
};

/* The floor was raised, at machine->trap_ip and with its fuel: ends the call, or takes a sample and goes on. */
enum wasmcore_trap wc_attend(struct wc_machine *x);

/* Runs from machine->frame until that frame returns. Only wc_call.c calls it. */
enum wasmcore_trap wc_interpret(struct wc_machine *x, const u16 *ip, u64 *fp);

/* Makes `instance` the one whose functions run; returns the address of its memory. */
static inline u8 *wc_enter(struct wc_machine *x, struct wasmcore_instance *instance)
{
	x->instance = instance;
	x->globals = instance->cells;
	x->code = instance->module->code;
	x->types = instance->module->types;
	x->memory_size = instance->memory->size;
	return instance->memory->base;
}

/* Pieces of instructions that instantiation needs too (wc_bulk.c). They check all bounds. */
u32 wc_memory_grow(struct wc_memory *memory, u32 pages);	/* old size, or UINT32_MAX */
u32 wc_table_grow(struct wc_table *table, u32 n, u64 ref);
bool wc_memory_init(struct wasmcore_instance *i, u32 data, u32 to, u32 from, u32 n);
bool wc_table_init(struct wasmcore_instance *i, u32 table, u32 element, u32 to, u32 from, u32 n);
bool wc_memory_copy(const struct wc_memory *m, u32 to, u32 from, u32 n);
bool wc_memory_fill(const struct wc_memory *m, u32 to, u8 byte, u32 n);
bool wc_table_copy(struct wc_table *to_table, const struct wc_table *from_table, u32 to, u32 from, u32 n);
bool wc_table_fill(struct wc_table *table, u32 to, u64 ref, u32 n);
void wc_const_value(const struct wasmcore_instance *i, const struct wc_const *c, u64 *out);

#endif
