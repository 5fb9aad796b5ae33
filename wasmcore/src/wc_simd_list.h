/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The instructions on v128, in the order of their opcodes: WebAssembly Core 2.0, 5.4.8. For wc_simd*.c only; the
 * prototypes and the table (wc_simd_table.c) are made from it.
 *
 *	OP(opcode, type, name, shape, lanes that an immediate can name, whether there are floats)
 *	MEM(opcode, type, name, shape, lanes that an immediate can name, bytes of memory, log2 of the alignment)
 */
#ifndef WC_SIMD_LIST_H
#define WC_SIMD_LIST_H

#define WC_SIMD_LIST(OP, MEM)	\
	MEM(0x00, v128, load, LOAD, 0, 16, 4)	\
	MEM(0x01, v128, load8x8_s, LOAD, 0, 8, 3)	\
	MEM(0x02, v128, load8x8_u, LOAD, 0, 8, 3)	\
	MEM(0x03, v128, load16x4_s, LOAD, 0, 8, 3)	\
	MEM(0x04, v128, load16x4_u, LOAD, 0, 8, 3)	\
	MEM(0x05, v128, load32x2_s, LOAD, 0, 8, 3)	\
	MEM(0x06, v128, load32x2_u, LOAD, 0, 8, 3)	\
	MEM(0x07, v128, load8_splat, LOAD, 0, 1, 0)	\
	MEM(0x08, v128, load16_splat, LOAD, 0, 2, 1)	\
	MEM(0x09, v128, load32_splat, LOAD, 0, 4, 2)	\
	MEM(0x0a, v128, load64_splat, LOAD, 0, 8, 3)	\
	MEM(0x0b, v128, store, STORE, 0, 16, 4)	\
	OP(0x0c, v128, const, CONST, 0, false)	\
	OP(0x0d, i8x16, shuffle, SHUFFLE, 32, false)	\
	OP(0x0e, i8x16, swizzle, BINARY, 0, false)	\
	OP(0x0f, i8x16, splat, SPLAT_I32, 0, false)	\
	OP(0x10, i16x8, splat, SPLAT_I32, 0, false)	\
	OP(0x11, i32x4, splat, SPLAT_I32, 0, false)	\
	OP(0x12, i64x2, splat, SPLAT_I64, 0, false)	\
	OP(0x13, f32x4, splat, SPLAT_F32, 0, true)	\
	OP(0x14, f64x2, splat, SPLAT_F64, 0, true)	\
	OP(0x15, i8x16, extract_lane_s, EXTRACT_I32, 16, false)	\
	OP(0x16, i8x16, extract_lane_u, EXTRACT_I32, 16, false)	\
	OP(0x17, i8x16, replace_lane, REPLACE_I32, 16, false)	\
	OP(0x18, i16x8, extract_lane_s, EXTRACT_I32, 8, false)	\
	OP(0x19, i16x8, extract_lane_u, EXTRACT_I32, 8, false)	\
	OP(0x1a, i16x8, replace_lane, REPLACE_I32, 8, false)	\
	OP(0x1b, i32x4, extract_lane, EXTRACT_I32, 4, false)	\
	OP(0x1c, i32x4, replace_lane, REPLACE_I32, 4, false)	\
	OP(0x1d, i64x2, extract_lane, EXTRACT_I64, 2, false)	\
	OP(0x1e, i64x2, replace_lane, REPLACE_I64, 2, false)	\
	OP(0x1f, f32x4, extract_lane, EXTRACT_F32, 4, true)	\
	OP(0x20, f32x4, replace_lane, REPLACE_F32, 4, true)	\
	OP(0x21, f64x2, extract_lane, EXTRACT_F64, 2, true)	\
	OP(0x22, f64x2, replace_lane, REPLACE_F64, 2, true)	\
	OP(0x23, i8x16, eq, BINARY, 0, false)	\
	OP(0x24, i8x16, ne, BINARY, 0, false)	\
	OP(0x25, i8x16, lt_s, BINARY, 0, false)	\
	OP(0x26, i8x16, lt_u, BINARY, 0, false)	\
	OP(0x27, i8x16, gt_s, BINARY, 0, false)	\
	OP(0x28, i8x16, gt_u, BINARY, 0, false)	\
	OP(0x29, i8x16, le_s, BINARY, 0, false)	\
	OP(0x2a, i8x16, le_u, BINARY, 0, false)	\
	OP(0x2b, i8x16, ge_s, BINARY, 0, false)	\
	OP(0x2c, i8x16, ge_u, BINARY, 0, false)	\
	OP(0x2d, i16x8, eq, BINARY, 0, false)	\
	OP(0x2e, i16x8, ne, BINARY, 0, false)	\
	OP(0x2f, i16x8, lt_s, BINARY, 0, false)	\
	OP(0x30, i16x8, lt_u, BINARY, 0, false)	\
	OP(0x31, i16x8, gt_s, BINARY, 0, false)	\
	OP(0x32, i16x8, gt_u, BINARY, 0, false)	\
	OP(0x33, i16x8, le_s, BINARY, 0, false)	\
	OP(0x34, i16x8, le_u, BINARY, 0, false)	\
	OP(0x35, i16x8, ge_s, BINARY, 0, false)	\
	OP(0x36, i16x8, ge_u, BINARY, 0, false)	\
	OP(0x37, i32x4, eq, BINARY, 0, false)	\
	OP(0x38, i32x4, ne, BINARY, 0, false)	\
	OP(0x39, i32x4, lt_s, BINARY, 0, false)	\
	OP(0x3a, i32x4, lt_u, BINARY, 0, false)	\
	OP(0x3b, i32x4, gt_s, BINARY, 0, false)	\
	OP(0x3c, i32x4, gt_u, BINARY, 0, false)	\
	OP(0x3d, i32x4, le_s, BINARY, 0, false)	\
	OP(0x3e, i32x4, le_u, BINARY, 0, false)	\
	OP(0x3f, i32x4, ge_s, BINARY, 0, false)	\
	OP(0x40, i32x4, ge_u, BINARY, 0, false)	\
	OP(0x41, f32x4, eq, BINARY, 0, true)	\
	OP(0x42, f32x4, ne, BINARY, 0, true)	\
	OP(0x43, f32x4, lt, BINARY, 0, true)	\
	OP(0x44, f32x4, gt, BINARY, 0, true)	\
	OP(0x45, f32x4, le, BINARY, 0, true)	\
	OP(0x46, f32x4, ge, BINARY, 0, true)	\
	OP(0x47, f64x2, eq, BINARY, 0, true)	\
	OP(0x48, f64x2, ne, BINARY, 0, true)	\
	OP(0x49, f64x2, lt, BINARY, 0, true)	\
	OP(0x4a, f64x2, gt, BINARY, 0, true)	\
	OP(0x4b, f64x2, le, BINARY, 0, true)	\
	OP(0x4c, f64x2, ge, BINARY, 0, true)	\
	OP(0x4d, v128, not, UNARY, 0, false)	\
	OP(0x4e, v128, and, BINARY, 0, false)	\
	OP(0x4f, v128, andnot, BINARY, 0, false)	\
	OP(0x50, v128, or, BINARY, 0, false)	\
	OP(0x51, v128, xor, BINARY, 0, false)	\
	OP(0x52, v128, bitselect, TERNARY, 0, false)	\
	OP(0x53, v128, any_true, TEST, 0, false)	\
	MEM(0x54, v128, load8_lane, LOAD_LANE, 16, 1, 0)	\
	MEM(0x55, v128, load16_lane, LOAD_LANE, 8, 2, 1)	\
	MEM(0x56, v128, load32_lane, LOAD_LANE, 4, 4, 2)	\
	MEM(0x57, v128, load64_lane, LOAD_LANE, 2, 8, 3)	\
	MEM(0x58, v128, store8_lane, STORE_LANE, 16, 1, 0)	\
	MEM(0x59, v128, store16_lane, STORE_LANE, 8, 2, 1)	\
	MEM(0x5a, v128, store32_lane, STORE_LANE, 4, 4, 2)	\
	MEM(0x5b, v128, store64_lane, STORE_LANE, 2, 8, 3)	\
	MEM(0x5c, v128, load32_zero, LOAD, 0, 4, 2)	\
	MEM(0x5d, v128, load64_zero, LOAD, 0, 8, 3)	\
	OP(0x5e, f32x4, demote_f64x2_zero, UNARY, 0, true)	\
	OP(0x5f, f64x2, promote_low_f32x4, UNARY, 0, true)	\
	OP(0x60, i8x16, abs, UNARY, 0, false)	\
	OP(0x61, i8x16, neg, UNARY, 0, false)	\
	OP(0x62, i8x16, popcnt, UNARY, 0, false)	\
	OP(0x63, i8x16, all_true, TEST, 0, false)	\
	OP(0x64, i8x16, bitmask, TEST, 0, false)	\
	OP(0x65, i8x16, narrow_i16x8_s, BINARY, 0, false)	\
	OP(0x66, i8x16, narrow_i16x8_u, BINARY, 0, false)	\
	OP(0x67, f32x4, ceil, UNARY, 0, true)	\
	OP(0x68, f32x4, floor, UNARY, 0, true)	\
	OP(0x69, f32x4, trunc, UNARY, 0, true)	\
	OP(0x6a, f32x4, nearest, UNARY, 0, true)	\
	OP(0x6b, i8x16, shl, SHIFT, 0, false)	\
	OP(0x6c, i8x16, shr_s, SHIFT, 0, false)	\
	OP(0x6d, i8x16, shr_u, SHIFT, 0, false)	\
	OP(0x6e, i8x16, add, BINARY, 0, false)	\
	OP(0x6f, i8x16, add_sat_s, BINARY, 0, false)	\
	OP(0x70, i8x16, add_sat_u, BINARY, 0, false)	\
	OP(0x71, i8x16, sub, BINARY, 0, false)	\
	OP(0x72, i8x16, sub_sat_s, BINARY, 0, false)	\
	OP(0x73, i8x16, sub_sat_u, BINARY, 0, false)	\
	OP(0x74, f64x2, ceil, UNARY, 0, true)	\
	OP(0x75, f64x2, floor, UNARY, 0, true)	\
	OP(0x76, i8x16, min_s, BINARY, 0, false)	\
	OP(0x77, i8x16, min_u, BINARY, 0, false)	\
	OP(0x78, i8x16, max_s, BINARY, 0, false)	\
	OP(0x79, i8x16, max_u, BINARY, 0, false)	\
	OP(0x7a, f64x2, trunc, UNARY, 0, true)	\
	OP(0x7b, i8x16, avgr_u, BINARY, 0, false)	\
	OP(0x7c, i16x8, extadd_pairwise_i8x16_s, UNARY, 0, false)	\
	OP(0x7d, i16x8, extadd_pairwise_i8x16_u, UNARY, 0, false)	\
	OP(0x7e, i32x4, extadd_pairwise_i16x8_s, UNARY, 0, false)	\
	OP(0x7f, i32x4, extadd_pairwise_i16x8_u, UNARY, 0, false)	\
	OP(0x80, i16x8, abs, UNARY, 0, false)	\
	OP(0x81, i16x8, neg, UNARY, 0, false)	\
	OP(0x82, i16x8, q15mulr_sat_s, BINARY, 0, false)	\
	OP(0x83, i16x8, all_true, TEST, 0, false)	\
	OP(0x84, i16x8, bitmask, TEST, 0, false)	\
	OP(0x85, i16x8, narrow_i32x4_s, BINARY, 0, false)	\
	OP(0x86, i16x8, narrow_i32x4_u, BINARY, 0, false)	\
	OP(0x87, i16x8, extend_low_i8x16_s, UNARY, 0, false)	\
	OP(0x88, i16x8, extend_high_i8x16_s, UNARY, 0, false)	\
	OP(0x89, i16x8, extend_low_i8x16_u, UNARY, 0, false)	\
	OP(0x8a, i16x8, extend_high_i8x16_u, UNARY, 0, false)	\
	OP(0x8b, i16x8, shl, SHIFT, 0, false)	\
	OP(0x8c, i16x8, shr_s, SHIFT, 0, false)	\
	OP(0x8d, i16x8, shr_u, SHIFT, 0, false)	\
	OP(0x8e, i16x8, add, BINARY, 0, false)	\
	OP(0x8f, i16x8, add_sat_s, BINARY, 0, false)	\
	OP(0x90, i16x8, add_sat_u, BINARY, 0, false)	\
	OP(0x91, i16x8, sub, BINARY, 0, false)	\
	OP(0x92, i16x8, sub_sat_s, BINARY, 0, false)	\
	OP(0x93, i16x8, sub_sat_u, BINARY, 0, false)	\
	OP(0x94, f64x2, nearest, UNARY, 0, true)	\
	OP(0x95, i16x8, mul, BINARY, 0, false)	\
	OP(0x96, i16x8, min_s, BINARY, 0, false)	\
	OP(0x97, i16x8, min_u, BINARY, 0, false)	\
	OP(0x98, i16x8, max_s, BINARY, 0, false)	\
	OP(0x99, i16x8, max_u, BINARY, 0, false)	\
	OP(0x9b, i16x8, avgr_u, BINARY, 0, false)	\
	OP(0x9c, i16x8, extmul_low_i8x16_s, BINARY, 0, false)	\
	OP(0x9d, i16x8, extmul_high_i8x16_s, BINARY, 0, false)	\
	OP(0x9e, i16x8, extmul_low_i8x16_u, BINARY, 0, false)	\
	OP(0x9f, i16x8, extmul_high_i8x16_u, BINARY, 0, false)	\
	OP(0xa0, i32x4, abs, UNARY, 0, false)	\
	OP(0xa1, i32x4, neg, UNARY, 0, false)	\
	OP(0xa3, i32x4, all_true, TEST, 0, false)	\
	OP(0xa4, i32x4, bitmask, TEST, 0, false)	\
	OP(0xa7, i32x4, extend_low_i16x8_s, UNARY, 0, false)	\
	OP(0xa8, i32x4, extend_high_i16x8_s, UNARY, 0, false)	\
	OP(0xa9, i32x4, extend_low_i16x8_u, UNARY, 0, false)	\
	OP(0xaa, i32x4, extend_high_i16x8_u, UNARY, 0, false)	\
	OP(0xab, i32x4, shl, SHIFT, 0, false)	\
	OP(0xac, i32x4, shr_s, SHIFT, 0, false)	\
	OP(0xad, i32x4, shr_u, SHIFT, 0, false)	\
	OP(0xae, i32x4, add, BINARY, 0, false)	\
	OP(0xb1, i32x4, sub, BINARY, 0, false)	\
	OP(0xb5, i32x4, mul, BINARY, 0, false)	\
	OP(0xb6, i32x4, min_s, BINARY, 0, false)	\
	OP(0xb7, i32x4, min_u, BINARY, 0, false)	\
	OP(0xb8, i32x4, max_s, BINARY, 0, false)	\
	OP(0xb9, i32x4, max_u, BINARY, 0, false)	\
	OP(0xba, i32x4, dot_i16x8_s, BINARY, 0, false)	\
	OP(0xbc, i32x4, extmul_low_i16x8_s, BINARY, 0, false)	\
	OP(0xbd, i32x4, extmul_high_i16x8_s, BINARY, 0, false)	\
	OP(0xbe, i32x4, extmul_low_i16x8_u, BINARY, 0, false)	\
	OP(0xbf, i32x4, extmul_high_i16x8_u, BINARY, 0, false)	\
	OP(0xc0, i64x2, abs, UNARY, 0, false)	\
	OP(0xc1, i64x2, neg, UNARY, 0, false)	\
	OP(0xc3, i64x2, all_true, TEST, 0, false)	\
	OP(0xc4, i64x2, bitmask, TEST, 0, false)	\
	OP(0xc7, i64x2, extend_low_i32x4_s, UNARY, 0, false)	\
	OP(0xc8, i64x2, extend_high_i32x4_s, UNARY, 0, false)	\
	OP(0xc9, i64x2, extend_low_i32x4_u, UNARY, 0, false)	\
	OP(0xca, i64x2, extend_high_i32x4_u, UNARY, 0, false)	\
	OP(0xcb, i64x2, shl, SHIFT, 0, false)	\
	OP(0xcc, i64x2, shr_s, SHIFT, 0, false)	\
	OP(0xcd, i64x2, shr_u, SHIFT, 0, false)	\
	OP(0xce, i64x2, add, BINARY, 0, false)	\
	OP(0xd1, i64x2, sub, BINARY, 0, false)	\
	OP(0xd5, i64x2, mul, BINARY, 0, false)	\
	OP(0xd6, i64x2, eq, BINARY, 0, false)	\
	OP(0xd7, i64x2, ne, BINARY, 0, false)	\
	OP(0xd8, i64x2, lt_s, BINARY, 0, false)	\
	OP(0xd9, i64x2, gt_s, BINARY, 0, false)	\
	OP(0xda, i64x2, le_s, BINARY, 0, false)	\
	OP(0xdb, i64x2, ge_s, BINARY, 0, false)	\
	OP(0xdc, i64x2, extmul_low_i32x4_s, BINARY, 0, false)	\
	OP(0xdd, i64x2, extmul_high_i32x4_s, BINARY, 0, false)	\
	OP(0xde, i64x2, extmul_low_i32x4_u, BINARY, 0, false)	\
	OP(0xdf, i64x2, extmul_high_i32x4_u, BINARY, 0, false)	\
	OP(0xe0, f32x4, abs, UNARY, 0, true)	\
	OP(0xe1, f32x4, neg, UNARY, 0, true)	\
	OP(0xe3, f32x4, sqrt, UNARY, 0, true)	\
	OP(0xe4, f32x4, add, BINARY, 0, true)	\
	OP(0xe5, f32x4, sub, BINARY, 0, true)	\
	OP(0xe6, f32x4, mul, BINARY, 0, true)	\
	OP(0xe7, f32x4, div, BINARY, 0, true)	\
	OP(0xe8, f32x4, min, BINARY, 0, true)	\
	OP(0xe9, f32x4, max, BINARY, 0, true)	\
	OP(0xea, f32x4, pmin, BINARY, 0, true)	\
	OP(0xeb, f32x4, pmax, BINARY, 0, true)	\
	OP(0xec, f64x2, abs, UNARY, 0, true)	\
	OP(0xed, f64x2, neg, UNARY, 0, true)	\
	OP(0xef, f64x2, sqrt, UNARY, 0, true)	\
	OP(0xf0, f64x2, add, BINARY, 0, true)	\
	OP(0xf1, f64x2, sub, BINARY, 0, true)	\
	OP(0xf2, f64x2, mul, BINARY, 0, true)	\
	OP(0xf3, f64x2, div, BINARY, 0, true)	\
	OP(0xf4, f64x2, min, BINARY, 0, true)	\
	OP(0xf5, f64x2, max, BINARY, 0, true)	\
	OP(0xf6, f64x2, pmin, BINARY, 0, true)	\
	OP(0xf7, f64x2, pmax, BINARY, 0, true)	\
	OP(0xf8, i32x4, trunc_sat_f32x4_s, UNARY, 0, true)	\
	OP(0xf9, i32x4, trunc_sat_f32x4_u, UNARY, 0, true)	\
	OP(0xfa, f32x4, convert_i32x4_s, UNARY, 0, true)	\
	OP(0xfb, f32x4, convert_i32x4_u, UNARY, 0, true)	\
	OP(0xfc, i32x4, trunc_sat_f64x2_s_zero, UNARY, 0, true)	\
	OP(0xfd, i32x4, trunc_sat_f64x2_u_zero, UNARY, 0, true)	\
	OP(0xfe, f64x2, convert_low_i32x4_s, UNARY, 0, true)	\
	OP(0xff, f64x2, convert_low_i32x4_u, UNARY, 0, true)

#endif
