/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The table of the instructions on v128, by opcode: WebAssembly Core 2.0, 5.4.8.
 */
#include "wc_simd_lanes.h"

#define OP(opcode, type, text, form, lanes, has_floats)				\
	[opcode] = {								\
		.name = #type "." #text,					\
		.fn = wc_simd_##type##_##text,					\
		.shape = WC_SIMD_##form,					\
		.nlanes = lanes,						\
		.floats = has_floats,						\
	},

#define MEM(opcode, type, text, form, lanes, size, align)			\
	[opcode] = {								\
		.name = #type "." #text,					\
		.fn = wc_simd_##type##_##text,					\
		.shape = WC_SIMD_##form,					\
		.nlanes = lanes,						\
		.bytes = size,							\
		.max_align = align,						\
	},

const struct wc_simd_op wc_simd_ops[256] = {
	WC_SIMD_LIST(OP, MEM)
};
