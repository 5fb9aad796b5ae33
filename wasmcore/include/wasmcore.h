/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * wasmcore: a small WebAssembly engine for user space and for the kernel.
 *
 * WebAssembly Core 2.0 (https://www.w3.org/TR/wasm-core-2/), every feature of it: multiple values, sign extension,
 * saturating conversions, bulk memory, reference types, 128-bit SIMD. A module is decoded, validated completely,
 * translated once, and interpreted under a budget of fuel.
 *
 *	struct wasmcore_module *m;
 *	struct wasmcore_instance *i;
 *	struct wasmcore_error err;
 *	uint64_t v[1] = { 10 };
 *
 *	if (wasmcore_load(bytes, size, &config, &m, &err) ||
 *	    wasmcore_instantiate(m, &options, &i, &err))
 *		complain(err.message);
 *	f = wasmcore_find_function(i, "fib");
 *	trap = wasmcore_call(f, v, 1, 1);	// v[0] is the argument, then the result
 *
 * Freestanding C11: no libc (the compiler may call memcpy, memmove, memset and memcmp), no global state, no recursion
 * and no allocation while a guest runs. Little-endian machines of 32 or 64 bits.
 *
 * Threads: a module never changes after wasmcore_load() and can be shared. An instance, and instances that share a
 * memory, table or global with it, belong to one thread at a time; only wasmcore_interrupt() and
 * wasmcore_request_sample() may come from another thread or from a signal handler.
 */
#ifndef WASMCORE_H
#define WASMCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasmcore_limits.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WASMCORE_PAGE_SIZE 65536u

struct wasmcore_module;
struct wasmcore_instance;
struct wasmcore_function;	/* a function of an instance, or a host function bound to one */

/* Types of values, with the encoding of the specification (5.3.1, 5.3.3). */
enum wasmcore_type {
	WASMCORE_I32 = 0x7f,
	WASMCORE_I64 = 0x7e,
	WASMCORE_F32 = 0x7d,
	WASMCORE_F64 = 0x7c,
	WASMCORE_V128 = 0x7b,
	WASMCORE_FUNCREF = 0x70,
	WASMCORE_EXTERNREF = 0x6f,
};

/* Kinds of imports and exports (5.5.5). */
enum wasmcore_kind {
	WASMCORE_FUNCTION = 0,
	WASMCORE_TABLE = 1,
	WASMCORE_MEMORY = 2,
	WASMCORE_GLOBAL = 3,
};

/* What load and instantiate return. */
enum wasmcore_status {
	WASMCORE_OK = 0,
	WASMCORE_E_MALFORMED,	/* not a binary of the specification (chapter 5) */
	WASMCORE_E_INVALID,	/* decodes, but breaks a rule of validation (chapter 3) */
	WASMCORE_E_LIMIT,	/* would exceed a limit of wasmcore_limits.h */
	WASMCORE_E_DENIED,	/* uses a feature that the host switched off */
	WASMCORE_E_NOMEM,	/* the host's allocator returned NULL */
	WASMCORE_E_LINK,	/* an import is missing or has another type */
	WASMCORE_E_TRAP,	/* instantiation trapped (start function, segments): see error.trap */
};

/* How a call ended. The texts of wasmcore_trap_text() are those of the specification's test suite. */
enum wasmcore_trap {
	WASMCORE_TRAP_NONE = 0,
	WASMCORE_TRAP_UNREACHABLE,
	WASMCORE_TRAP_MEMORY,		/* out of bounds memory access */
	WASMCORE_TRAP_TABLE,		/* out of bounds table access */
	WASMCORE_TRAP_UNDEFINED_ELEMENT,/* call_indirect past the end of the table */
	WASMCORE_TRAP_NULL_ELEMENT,	/* call_indirect of a null reference */
	WASMCORE_TRAP_SIGNATURE,	/* indirect call type mismatch */
	WASMCORE_TRAP_DIVIDE_BY_ZERO,
	WASMCORE_TRAP_OVERFLOW,		/* integer overflow */
	WASMCORE_TRAP_CONVERSION,	/* invalid conversion to integer */
	WASMCORE_TRAP_STACK,		/* call stack exhausted: depth or slots */
	WASMCORE_TRAP_FUEL,		/* the budget ran out */
	WASMCORE_TRAP_INTERRUPTED,	/* wasmcore_interrupt() */
	WASMCORE_TRAP_NESTING,		/* host and guest called each other too deeply */
	WASMCORE_TRAP_HOST,		/* a host function asked for it */
	WASMCORE_TRAP_EXIT,		/* a host function ended the guest on purpose (WASI proc_exit) */
	WASMCORE_TRAP_USAGE,		/* the call did not fit the function's type, or the instance is busy or failed */
	WASMCORE_TRAP_COUNT
};

/* Where instantiation or a call failed, and why. */
struct wasmcore_error {
	enum wasmcore_status status;
	enum wasmcore_trap trap;	/* for WASMCORE_E_TRAP */
	uint32_t offset;		/* byte of the module, UINT32_MAX when there is none */
	uint32_t function;		/* index of the function, UINT32_MAX when there is none */
	char message[192];		/* one line, NUL terminated */
};

/*
 * Where all memory comes from: modules, instances, linear memories, tables, stacks. Called by load, instantiate and
 * the functions that free, never while a guest runs: what may grow is requested at its largest size, so a host with
 * virtual memory should answer large requests with pages that are filled on first touch (mmap, MAP_NORESERVE).
 * alloc() returns zeroed memory aligned to 16 bytes, or NULL. free() gets the size that was requested.
 */
struct wasmcore_allocator {
	void *(*alloc)(void *user, size_t size);
	void (*free)(void *user, void *ptr, size_t size);
	void *user;
};

/* An allocator over one block of the caller's memory; freeing gives back only what was requested last. */
struct wasmcore_arena {
	uint8_t *base;
	size_t size;
	size_t used;
};
struct wasmcore_allocator wasmcore_arena_allocator(struct wasmcore_arena *arena);

/* Features that a host can refuse at load; the message names the opcode. */
#define WASMCORE_DENY_FLOATS 1u		/* f32, f64 and the SIMD instructions on them */
#define WASMCORE_DENY_SIMD 2u		/* v128 */

struct wasmcore_config {
	struct wasmcore_allocator allocator;	/* must outlive the module and its instances */
	struct wasmcore_limits limits;		/* zeroed: the defaults */
	uint32_t deny;				/* WASMCORE_DENY_* */
};

/*
 * Decodes, validates and translates a binary module. The bytes must stay unchanged until wasmcore_unload(): data
 * segments and names are read from them. *out is set only on WASMCORE_OK; err may be NULL.
 */
enum wasmcore_status wasmcore_load(const void *bytes, size_t size, const struct wasmcore_config *config,
				   struct wasmcore_module **out, struct wasmcore_error *err);

/* Frees a module; its instances must be gone. NULL is allowed. */
void wasmcore_unload(struct wasmcore_module *module);

/* What can be known about a module without running it. */
struct wasmcore_module_info {
	uint32_t types, functions, imported_functions, tables, memories, globals, imports, exports;
	uint32_t element_segments, data_segments;
	uint32_t start_function;	/* UINT32_MAX: none */
	uint32_t memory_min, memory_max;/* pages; max is UINT32_MAX when the module gives none */
	bool uses_floats, uses_simd;
	size_t module_bytes;		/* the binary */
	size_t code_bytes;		/* translated code and its line table */
	size_t memory_bytes;		/* everything the module holds, code_bytes included */
};
void wasmcore_describe(const struct wasmcore_module *module, struct wasmcore_module_info *info);

/* A type of a function: nparams types of parameters, then nresults types of results (enum wasmcore_type). */
struct wasmcore_signature {
	uint16_t nparams;
	uint16_t nresults;
	const uint8_t *types;
};

/* An import or export. The strings are not NUL terminated and live as long as the module's bytes. */
struct wasmcore_extern {
	enum wasmcore_kind kind;
	const char *module;		/* imports only */
	uint32_t module_size;
	const char *name;
	uint32_t name_size;
	uint32_t index;			/* in the index space of its kind */
	struct wasmcore_signature signature;	/* functions */
	uint8_t type;			/* globals: type of the value; tables: type of the elements */
	bool is_mutable;		/* globals */
	uint32_t min, max;		/* memories in pages, tables in elements; max UINT32_MAX: none */
};
bool wasmcore_import(const struct wasmcore_module *module, uint32_t n, struct wasmcore_extern *out);
bool wasmcore_export(const struct wasmcore_module *module, uint32_t n, struct wasmcore_extern *out);

/* The type of function `index`; false past the last. */
bool wasmcore_function_signature(const struct wasmcore_module *module, uint32_t index, struct wasmcore_signature *out);

/* The name of function `index` by the name section (not NUL terminated), or NULL. Searches the section each time. */
const char *wasmcore_function_name(const struct wasmcore_module *module, uint32_t index, uint32_t *size);

/* The content of the first custom section with this name, or NULL. */
const uint8_t *wasmcore_custom_section(const struct wasmcore_module *module, const char *name, size_t *size);

/*
 * A host function. Arguments stand in slots[0..] in order, a v128 in two slots (low half first); results go to
 * slots[0..]. An i32 or f32 is in the low 32 bits; the high ones of an argument are not defined, those of a result
 * are ignored. `caller` is the instance that called: wasmcore_memory() and wasmcore_call() may be used on it.
 * Anything but WASMCORE_TRAP_NONE ends the guest's call with that trap (WASMCORE_TRAP_HOST, WASMCORE_TRAP_EXIT).
 */
typedef enum wasmcore_trap (*wasmcore_host_fn)(struct wasmcore_instance *caller, uint64_t *slots, void *user);

/*
 * A host function by name. The signature has a letter a value - i (i32) I (i64) f (f32) F (f64) V (v128) r (funcref)
 * e (externref) -, parameters, a colon, results: "iI:i". An import of another type does not link.
 */
struct wasmcore_host_function {
	const char *module;
	const char *name;
	const char *signature;
	wasmcore_host_fn fn;
	void *user;
};

/* What satisfies an import: a host function, or an export of another instance (of the same kind, exporter index). */
struct wasmcore_provider {
	const struct wasmcore_host_function *host;
	struct wasmcore_instance *instance;
	uint32_t index;			/* of instance: in the index space of the import's kind */
};

/* Asked once for each import, in order. Returns false when there is nothing of that name. */
typedef bool (*wasmcore_resolver)(void *user, const struct wasmcore_extern *import, struct wasmcore_provider *out);

struct wasmcore_options {
	const struct wasmcore_host_function *hosts;	/* looked at first, by module and name */
	uint32_t nhosts;
	wasmcore_resolver resolve;		/* asked for what hosts does not have; may be NULL */
	void *resolve_user;
	uint64_t fuel;				/* budget from the start on; 0: WASMCORE_FUEL_UNLIMITED */
	uint32_t memory_pages;			/* lower cap for this instance's own memory; 0: the module's limit */
	uint32_t stack_slots;			/* 0: the module's limit */
	uint32_t call_depth;			/* 0: the module's limit */
	bool skip_start;			/* do not call the start function: see wasmcore_start() */
	void *user;				/* for wasmcore_user() */
};

#define WASMCORE_FUEL_UNLIMITED ((uint64_t)INT64_MAX)

/*
 * Links, makes memory, tables, globals and stack, copies the segments, calls the start function. On any error but
 * WASMCORE_E_TRAP *out is NULL. After a trap *out is an instance on which nothing can be called, but which must be
 * kept: the specification lets its functions stand in tables of other instances (4.5.4).
 * Instances that import from each other, or pass references, must be freed together, when none of them runs.
 */
enum wasmcore_status wasmcore_instantiate(const struct wasmcore_module *module, const struct wasmcore_options *options,
					  struct wasmcore_instance **out, struct wasmcore_error *err);
void wasmcore_free_instance(struct wasmcore_instance *instance);

/* Calls the start function of an instance made with skip_start; nothing when there is none. */
enum wasmcore_trap wasmcore_start(struct wasmcore_instance *instance);

void *wasmcore_user(const struct wasmcore_instance *instance);
const struct wasmcore_module *wasmcore_instance_module(const struct wasmcore_instance *instance);

/* Exports by name (NUL terminated), and by index. NULL when there is none. */
bool wasmcore_find_export(const struct wasmcore_module *module, const char *name, enum wasmcore_kind kind,
			  uint32_t *index);
struct wasmcore_function *wasmcore_find_function(struct wasmcore_instance *instance, const char *name);
struct wasmcore_function *wasmcore_function_at(struct wasmcore_instance *instance, uint32_t index);
void wasmcore_signature_of(const struct wasmcore_function *function, struct wasmcore_signature *out);

/*
 * Calls a function. slots holds the arguments as host functions see them and receives the results; nargs and
 * nresults are numbers of slots (a v128 has two), must fit the function's type, and slots has room for the larger.
 * References are opaque: 0 is null; a function reference is a struct wasmcore_function *; a host's externref is any
 * other value. May be called from host functions. After a trap the instance can be called again.
 */
enum wasmcore_trap wasmcore_call(struct wasmcore_function *function, uint64_t *slots, uint32_t nargs,
				 uint32_t nresults);

/* Why the last call trapped: message "trap text, in function 7 (name) at 0x1234", offset and function. */
void wasmcore_last_trap(struct wasmcore_instance *instance, struct wasmcore_error *out);
const char *wasmcore_trap_text(enum wasmcore_trap trap);
const char *wasmcore_status_text(enum wasmcore_status status);

/* One level of the guest's calls at the last trap, innermost first; false past the outermost (or past 32 levels). */
struct wasmcore_frame {
	uint32_t function;		/* index in its module */
	uint32_t offset;		/* byte of the module */
	const struct wasmcore_module *module;
};
bool wasmcore_trap_frame(struct wasmcore_instance *instance, uint32_t level, struct wasmcore_frame *out);

/*
 * Fuel: each instruction of the guest but block, loop, else and end costs one unit, paid for a whole basic block when
 * it is entered. One more is paid for each 64 bytes or 8 elements by memory.copy and its kin, for each 8 slots of
 * locals by a call, for each 8 slots by a branch that moves more than one operand. The same module and input use the
 * same fuel on every machine.
 */
void wasmcore_set_fuel(struct wasmcore_instance *instance, uint64_t fuel);
uint64_t wasmcore_fuel(const struct wasmcore_instance *instance);

/* From any thread or signal handler: the call that runs, or else the next one, traps at its next basic block. */
void wasmcore_interrupt(struct wasmcore_instance *instance);
void wasmcore_clear_interrupt(struct wasmcore_instance *instance);

/*
 * Looking at a guest while it runs, for profiles. After wasmcore_request_sample(), which any thread or signal handler
 * may call, the call that runs, or else the next one, calls the sampler at its next basic block and goes on as if
 * nothing had been; an interruption comes first. Without requests this costs nothing. The sampler may read (memory,
 * globals, fuel, frames); it must not change anything of the guest, and its calls into the instance trap.
 */
typedef void (*wasmcore_sampler)(void *user, struct wasmcore_instance *instance);
void wasmcore_set_sampler(struct wasmcore_instance *instance, wasmcore_sampler sampler, void *user);
void wasmcore_request_sample(struct wasmcore_instance *instance);

/*
 * Within a sampler or a host function: one level of the calls of the instance that the host called, innermost first,
 * out to that call; false past it. A sample is taken where a basic block ends: the time until then belongs to
 * these frames. The offset is UINT32_MAX, since finding it takes time.
 */
bool wasmcore_current_frame(struct wasmcore_instance *instance, uint32_t level, struct wasmcore_frame *out);

/* Bytes of linear memory (memory 0). NULL with *size 0 when there is none. The address never changes, the size may grow. */
uint8_t *wasmcore_memory(struct wasmcore_instance *instance, size_t *size);

/* A range of linear memory, checked: NULL unless all of [address, address + size) is inside. */
static inline void *wasmcore_range(struct wasmcore_instance *instance, uint32_t address, uint64_t size)
{
	size_t limit;
	uint8_t *memory = wasmcore_memory(instance, &limit);

	return memory && size <= limit && address <= limit - size ? memory + address : NULL;
}
bool wasmcore_read(struct wasmcore_instance *instance, uint32_t address, void *to, uint32_t size);
bool wasmcore_write(struct wasmcore_instance *instance, uint32_t address, const void *from, uint32_t size);

/* Globals by index: 1 slot, 2 for v128. Setting fails for immutable ones; the value must be of the global's type. */
bool wasmcore_global_get(struct wasmcore_instance *instance, uint32_t index, uint64_t *slots);
bool wasmcore_global_set(struct wasmcore_instance *instance, uint32_t index, const uint64_t *slots);

/* Tables by index. */
uint32_t wasmcore_table_size(struct wasmcore_instance *instance, uint32_t table);
bool wasmcore_table_get(struct wasmcore_instance *instance, uint32_t table, uint32_t index, uint64_t *ref);

struct wasmcore_stats {
	uint64_t fuel_used;		/* since instantiation */
	uint64_t calls;			/* wasmcore_call()s */
	uint64_t traps;
	uint32_t peak_stack_slots;
	uint32_t peak_call_depth;
	uint32_t memory_pages, peak_memory_pages;
	size_t instance_bytes;		/* requested for the instance without linear memory, tables and stack */
	size_t reserved_bytes;		/* requested in all: memory, tables and stack at their largest */
};
void wasmcore_instance_stats(const struct wasmcore_instance *instance, struct wasmcore_stats *stats);

/* How this copy of the engine was built, for example "0.1.0 hard-float tail-call". */
const char *wasmcore_build_info(void);

#ifdef __cplusplus
}
#endif
#endif
