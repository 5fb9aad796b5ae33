/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The 236 instructions on v128: what the validator and the interpreter must know about each, and its semantics.
 *
 * WebAssembly Core 2.0, 3.3.3 and 4.4.3 (vector instructions), 4.4.7 (vector memory instructions), 5.4.8 (opcodes).
 * A v128 is two consecutive slots, lane 0 in the lowest byte of the first. The interpreter moves the operand stack,
 * checks addresses and calls wc_simd_ops[opcode].fn for the value.
 */
#ifndef WC_SIMD_H
#define WC_SIMD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What an instruction pops, pushes and has for immediates, and where its function finds the operands. `bytes` below
 * are in memory, at any alignment: wc_simd_op.bytes of them.
 */
enum wc_simd_shape {
	WC_SIMD_NONE,		/* no such instruction */
	WC_SIMD_LOAD,		/* [i32] -> [v128], memarg: a = bytes */
	WC_SIMD_STORE,		/* [i32 v128] -> [], memarg: dst = bytes, a = vector */
	WC_SIMD_LOAD_LANE,	/* [i32 v128] -> [v128], memarg, lane: a = bytes, b = vector, imm = lane */
	WC_SIMD_STORE_LANE,	/* [i32 v128] -> [], memarg, lane: dst = bytes, a = vector, imm = lane */
	WC_SIMD_CONST,		/* [] -> [v128], 16 bytes: c = the bytes of the immediate */
	WC_SIMD_SHUFFLE,	/* [v128 v128] -> [v128], 16 lanes: c = the bytes of the immediate */
	WC_SIMD_SPLAT_I32,	/* [i32] -> [v128]: a[0] = scalar */
	WC_SIMD_SPLAT_I64,
	WC_SIMD_SPLAT_F32,
	WC_SIMD_SPLAT_F64,
	WC_SIMD_EXTRACT_I32,	/* [v128] -> [i32], lane: dst[0] = scalar, zero-extended; imm = lane */
	WC_SIMD_EXTRACT_I64,
	WC_SIMD_EXTRACT_F32,
	WC_SIMD_EXTRACT_F64,
	WC_SIMD_REPLACE_I32,	/* [v128 i32] -> [v128], lane: a = vector, b[0] = scalar, imm = lane */
	WC_SIMD_REPLACE_I64,
	WC_SIMD_REPLACE_F32,
	WC_SIMD_REPLACE_F64,
	WC_SIMD_UNARY,		/* [v128] -> [v128] */
	WC_SIMD_BINARY,		/* [v128 v128] -> [v128] */
	WC_SIMD_TERNARY,	/* [v128 v128 v128] -> [v128] */
	WC_SIMD_SHIFT,		/* [v128 i32] -> [v128]: a = vector, b[0] = count */
	WC_SIMD_TEST,		/* [v128] -> [i32]: dst[0] */
};

/*
 * Operands stand in a, b, c in the order they were pushed. Vectors are two slots; dst may be the slots of any of them,
 * scalars use and write only one slot (and ignore the high half for an i32 or f32). Pointers that a shape does not
 * name are not used.
 */
typedef void (*wc_simd_fn)(uint64_t *dst, const uint64_t *a, const uint64_t *b, const uint64_t *c, uint32_t imm);

struct wc_simd_op {
	const char *name;	/* as in the text format, NULL when there is no such instruction */
	wc_simd_fn fn;
	uint8_t shape;		/* enum wc_simd_shape */
	uint8_t nlanes;		/* lane immediates must be below: 16, 8, 4, 2, or 32 (shuffle); 0: there is none */
	uint8_t bytes;		/* of memory that are read or written; 0: none */
	uint8_t max_align;	/* the alignment of the memarg may be up to 2^max_align */
	bool floats;		/* has f32 or f64 operands, lanes or results */
};

/* By the opcode that follows the prefix 0xfd. */
extern const struct wc_simd_op wc_simd_ops[256];

#ifdef __cplusplus
}
#endif
#endif
