/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The instructions of WebAssembly whose rule is "operands of fixed types, results of fixed types" (specification
 * 5.4.5, 5.4.6 and 3.3): one table for validation and translation. wc_body.c handles the others one by one.
 */
#ifndef WC_OPCODES_H
#define WC_OPCODES_H

#include "wc_ir.h"

enum wc_class {
	WC_CLASS_NONE,			/* not in this table */
	WC_CLASS_LOAD,			/* address -> result */
	WC_CLASS_STORE,			/* address, operand */
	WC_CLASS_UNARY,			/* operand -> result */
	WC_CLASS_RETYPE,		/* the same bits with another type */
	WC_CLASS_BINARY,		/* operand, operand -> result */
	WC_CLASS_TEST,			/* operand -> i32: is it zero? */
};

struct wc_opcode {
	u8 class;
	u8 operand, result;		/* types */
	u8 max_align;			/* log2 of the bytes accessed */
	u16 ir;				/* first form */
	u16 swapped;			/* the same with operands exchanged, 0: none */
};

extern const struct wc_opcode wc_opcodes[256];
extern const struct wc_opcode wc_opcodes_fc[8];		/* prefix 0xfc: saturating conversions */

#endif
