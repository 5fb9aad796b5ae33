/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Every limit of the engine, in one place.
 *
 * WASMCORE_MAX_* are the engine's own: no host can raise them, because the internal code relies on them.
 * struct wasmcore_limits holds those that a host sets for each module; zero means the default below.
 */
#ifndef WASMCORE_LIMITS_H
#define WASMCORE_LIMITS_H

#include <stdint.h>

/* Fixed by the internal code: a slot number, an operand, has 16 bits. */
#define WASMCORE_MAX_FRAME_SLOTS 65535u		/* locals and operands of one function, in 8-byte slots */
#define WASMCORE_MAX_MODULE_BYTES (1u << 30)	/* bytes of a module */
#define WASMCORE_MAX_MEMORY_PAGES 65536u	/* 64 KiB each: the 4 GiB of 32-bit addresses */
#define WASMCORE_MAX_TABLE_SIZE (1u << 27)	/* elements of a table */
#define WASMCORE_MAX_HOST_NESTING 128u		/* host functions that call the guest that calls host functions ... */

/* Defaults of struct wasmcore_limits. */
#define WASMCORE_DEFAULT_MODULE_BYTES (64u << 20)
#define WASMCORE_DEFAULT_TYPES 100000u
#define WASMCORE_DEFAULT_FUNCTIONS 200000u
#define WASMCORE_DEFAULT_IMPORTS 10000u
#define WASMCORE_DEFAULT_EXPORTS 100000u
#define WASMCORE_DEFAULT_GLOBALS 100000u
#define WASMCORE_DEFAULT_TABLES 1000u
#define WASMCORE_DEFAULT_SEGMENTS 100000u
#define WASMCORE_DEFAULT_PARAMS 1000u
#define WASMCORE_DEFAULT_LOCALS 50000u
#define WASMCORE_DEFAULT_FUNCTION_BYTES (8u << 20)
#define WASMCORE_DEFAULT_NESTING 2000u
#define WASMCORE_DEFAULT_WORK_PER_BYTE 100u
#define WASMCORE_DEFAULT_CODE_BYTES (256u << 20)
#define WASMCORE_DEFAULT_MEMORY_PAGES WASMCORE_MAX_MEMORY_PAGES
#define WASMCORE_DEFAULT_TABLE_SIZE 10000000u
#define WASMCORE_DEFAULT_STACK_SLOTS (128u << 10)	/* 1 MiB */
#define WASMCORE_DEFAULT_CALL_DEPTH 8192u
#define WASMCORE_DEFAULT_HOST_NESTING 16u

/*
 * Limits of one module and of its instances. A field that is 0 has the default; a value above the engine's own
 * maximum is lowered to it. Exceeding one is WASMCORE_E_LIMIT with the limit's name, or, while running, a trap.
 */
struct wasmcore_limits {
	uint32_t module_bytes;		/* size of the binary */
	uint32_t types;			/* entries of the type section */
	uint32_t functions;		/* functions, imported ones included */
	uint32_t imports;
	uint32_t exports;
	uint32_t globals;		/* globals, imported ones included */
	uint32_t tables;		/* tables, imported ones included */
	uint32_t segments;		/* element segments; and data segments */
	uint32_t params;		/* parameters of a function type; and results of one */
	uint32_t locals;		/* locals of a function, parameters included */
	uint32_t function_bytes;	/* bytes of one function body */
	uint32_t nesting;		/* blocks within blocks */
	uint32_t work_per_byte;		/* steps of validation and translation for each byte of a body: stops bombs */
	uint32_t code_bytes;		/* translated code of the whole module */
	uint32_t memory_pages;		/* 64 KiB pages that a memory can grow to */
	uint32_t table_size;		/* elements that a table can grow to */
	uint32_t stack_slots;		/* 8-byte slots of an instance's stack */
	uint32_t call_depth;		/* guest functions that are active at once */
	uint32_t host_nesting;		/* how often the host may call the guest from within a host function */
};

#endif
