/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The internal code: one list that the translator, the interpreter and the disassembly of tests expand. DESIGN.md
 * explains it; in short:
 *
 * An instruction is a row of 16-bit units: the opcode, its operands, the slot of its result. A slot is a 64-bit cell
 * of the function's frame: parameters, locals, then operands. Every instruction with a result also leaves it in the
 * accumulator, so that the next instruction can take it from there; the form with _A at the end does only that.
 * Letters name where operands are: S slot, I immediate (32 bits, two units), A accumulator.
 */
#ifndef WC_IR_H
#define WC_IR_H

#include "wc_internal.h"

/*
 * Instructions of two operands. B(name, operand type, expression of a and b); C() compares, its result is an i32, and
 * has a branch; T() has a statement that may trap before. The operand types: how an immediate is widened.
 */
#define WC_BINARY_OPS(B, C, T) \
	C(I32_EQ, I32, a == b) C(I32_NE, I32, a != b) \
	C(I32_LT_S, I32, (s32)a < (s32)b) C(I32_LT_U, I32, a < b) \
	C(I32_GT_S, I32, (s32)a > (s32)b) C(I32_GT_U, I32, a > b) \
	C(I32_LE_S, I32, (s32)a <= (s32)b) C(I32_LE_U, I32, a <= b) \
	C(I32_GE_S, I32, (s32)a >= (s32)b) C(I32_GE_U, I32, a >= b) \
	C(I64_EQ, I64, a == b) C(I64_NE, I64, a != b) \
	C(I64_LT_S, I64, (s64)a < (s64)b) C(I64_LT_U, I64, a < b) \
	C(I64_GT_S, I64, (s64)a > (s64)b) C(I64_GT_U, I64, a > b) \
	C(I64_LE_S, I64, (s64)a <= (s64)b) C(I64_LE_U, I64, a <= b) \
	C(I64_GE_S, I64, (s64)a >= (s64)b) C(I64_GE_U, I64, a >= b) \
	B(F32_EQ, F32, wc_f32_eq(a, b)) B(F32_NE, F32, wc_f32_ne(a, b)) B(F32_LT, F32, wc_f32_lt(a, b)) \
	B(F32_GT, F32, wc_f32_gt(a, b)) B(F32_LE, F32, wc_f32_le(a, b)) B(F32_GE, F32, wc_f32_ge(a, b)) \
	B(F64_EQ, F64, wc_f64_eq(a, b)) B(F64_NE, F64, wc_f64_ne(a, b)) B(F64_LT, F64, wc_f64_lt(a, b)) \
	B(F64_GT, F64, wc_f64_gt(a, b)) B(F64_LE, F64, wc_f64_le(a, b)) B(F64_GE, F64, wc_f64_ge(a, b)) \
	B(I32_ADD, I32, a + b) B(I32_SUB, I32, a - b) B(I32_MUL, I32, a * b) \
	T(I32_DIV_S, I32, (u32)((s32)a / (s32)b), CHECK_DIVIDE_S(s32, INT32_MIN)) \
	T(I32_DIV_U, I32, a / b, CHECK_ZERO()) \
	T(I32_REM_S, I32, b == UINT32_MAX ? 0 : (u32)((s32)a % (s32)b), CHECK_ZERO()) \
	T(I32_REM_U, I32, a % b, CHECK_ZERO()) \
	B(I32_AND, I32, a & b) B(I32_OR, I32, a | b) B(I32_XOR, I32, a ^ b) \
	B(I32_SHL, I32, a << (b & 31)) B(I32_SHR_S, I32, (u32)((s32)a >> (b & 31))) B(I32_SHR_U, I32, a >> (b & 31)) \
	B(I32_ROTL, I32, a << (b & 31) | a >> (-b & 31)) B(I32_ROTR, I32, a >> (b & 31) | a << (-b & 31)) \
	B(I64_ADD, I64, a + b) B(I64_SUB, I64, a - b) B(I64_MUL, I64, a * b) \
	T(I64_DIV_S, I64, (u64)((s64)a / (s64)b), CHECK_DIVIDE_S(s64, INT64_MIN)) \
	T(I64_DIV_U, I64, a / b, CHECK_ZERO()) \
	T(I64_REM_S, I64, b == UINT64_MAX ? 0 : (u64)((s64)a % (s64)b), CHECK_ZERO()) \
	T(I64_REM_U, I64, a % b, CHECK_ZERO()) \
	B(I64_AND, I64, a & b) B(I64_OR, I64, a | b) B(I64_XOR, I64, a ^ b) \
	B(I64_SHL, I64, a << (b & 63)) B(I64_SHR_S, I64, (u64)((s64)a >> (b & 63))) B(I64_SHR_U, I64, a >> (b & 63)) \
	B(I64_ROTL, I64, a << (b & 63) | a >> (-b & 63)) B(I64_ROTR, I64, a >> (b & 63) | a << (-b & 63)) \
	B(F32_ADD, F32, wc_f32_add(a, b)) B(F32_SUB, F32, wc_f32_sub(a, b)) B(F32_MUL, F32, wc_f32_mul(a, b)) \
	B(F32_DIV, F32, wc_f32_div(a, b)) B(F32_MIN, F32, wc_f32_min(a, b)) B(F32_MAX, F32, wc_f32_max(a, b)) \
	B(F32_COPYSIGN, F32, wc_f32_copysign(a, b)) \
	B(F64_ADD, F64, wc_f64_add(a, b)) B(F64_SUB, F64, wc_f64_sub(a, b)) B(F64_MUL, F64, wc_f64_mul(a, b)) \
	B(F64_DIV, F64, wc_f64_div(a, b)) B(F64_MIN, F64, wc_f64_min(a, b)) B(F64_MAX, F64, wc_f64_max(a, b)) \
	B(F64_COPYSIGN, F64, wc_f64_copysign(a, b))

/* Instructions of one operand: U(name, operand type, expression of a); K() converts to an integer or traps. */
#define WC_UNARY_OPS(U, K) \
	U(MOVE, I64, a) \
	U(I32_CLZ, I32, a ? (u32)__builtin_clz(a) : 32u) U(I32_CTZ, I32, a ? (u32)__builtin_ctz(a) : 32u) \
	U(I32_POPCNT, I32, wc_popcount(a)) \
	U(I64_CLZ, I64, a ? (u64)__builtin_clzll(a) : 64u) U(I64_CTZ, I64, a ? (u64)__builtin_ctzll(a) : 64u) \
	U(I64_POPCNT, I64, wc_popcount(a)) \
	U(I32_EXTEND8_S, I32, (u32)(s8)a) U(I32_EXTEND16_S, I32, (u32)(s16)a) \
	U(I64_EXTEND8_S, I64, (u64)(s8)a) U(I64_EXTEND16_S, I64, (u64)(s16)a) U(I64_EXTEND32_S, I64, (u64)(s32)a) \
	U(I64_EXTEND_I32_S, I32, (u64)(s32)a) U(I64_EXTEND_I32_U, I32, (u64)a) \
	U(F32_ABS, F32, wc_f32_abs(a)) U(F32_NEG, F32, wc_f32_neg(a)) U(F32_CEIL, F32, wc_f32_ceil(a)) \
	U(F32_FLOOR, F32, wc_f32_floor(a)) U(F32_TRUNC, F32, wc_f32_trunc(a)) U(F32_NEAREST, F32, wc_f32_nearest(a)) \
	U(F32_SQRT, F32, wc_f32_sqrt(a)) \
	U(F64_ABS, F64, wc_f64_abs(a)) U(F64_NEG, F64, wc_f64_neg(a)) U(F64_CEIL, F64, wc_f64_ceil(a)) \
	U(F64_FLOOR, F64, wc_f64_floor(a)) U(F64_TRUNC, F64, wc_f64_trunc(a)) U(F64_NEAREST, F64, wc_f64_nearest(a)) \
	U(F64_SQRT, F64, wc_f64_sqrt(a)) \
	K(I32_TRUNC_F32_S, F32, wc_i32_trunc_f32_s, u32) K(I32_TRUNC_F32_U, F32, wc_i32_trunc_f32_u, u32) \
	K(I32_TRUNC_F64_S, F64, wc_i32_trunc_f64_s, u32) K(I32_TRUNC_F64_U, F64, wc_i32_trunc_f64_u, u32) \
	K(I64_TRUNC_F32_S, F32, wc_i64_trunc_f32_s, u64) K(I64_TRUNC_F32_U, F32, wc_i64_trunc_f32_u, u64) \
	K(I64_TRUNC_F64_S, F64, wc_i64_trunc_f64_s, u64) K(I64_TRUNC_F64_U, F64, wc_i64_trunc_f64_u, u64) \
	U(F32_CONVERT_I32_S, I32, wc_f32_convert_i32_s(a)) U(F32_CONVERT_I32_U, I32, wc_f32_convert_i32_u(a)) \
	U(F32_CONVERT_I64_S, I64, wc_f32_convert_i64_s(a)) U(F32_CONVERT_I64_U, I64, wc_f32_convert_i64_u(a)) \
	U(F64_CONVERT_I32_S, I32, wc_f64_convert_i32_s(a)) U(F64_CONVERT_I32_U, I32, wc_f64_convert_i32_u(a)) \
	U(F64_CONVERT_I64_S, I64, wc_f64_convert_i64_s(a)) U(F64_CONVERT_I64_U, I64, wc_f64_convert_i64_u(a)) \
	U(F32_DEMOTE_F64, F64, wc_f32_demote_f64(a)) U(F64_PROMOTE_F32, F32, wc_f64_promote_f32(a)) \
	U(I32_TRUNC_SAT_F32_S, F32, wc_i32_trunc_sat_f32_s(a)) U(I32_TRUNC_SAT_F32_U, F32, wc_i32_trunc_sat_f32_u(a)) \
	U(I32_TRUNC_SAT_F64_S, F64, wc_i32_trunc_sat_f64_s(a)) U(I32_TRUNC_SAT_F64_U, F64, wc_i32_trunc_sat_f64_u(a)) \
	U(I64_TRUNC_SAT_F32_S, F32, wc_i64_trunc_sat_f32_s(a)) U(I64_TRUNC_SAT_F32_U, F32, wc_i64_trunc_sat_f32_u(a)) \
	U(I64_TRUNC_SAT_F64_S, F64, wc_i64_trunc_sat_f64_s(a)) U(I64_TRUNC_SAT_F64_U, F64, wc_i64_trunc_sat_f64_u(a))

/* Loads: L(name, type in memory, type it is widened to). f32 and f64 are loaded as bits. */
#define WC_LOAD_OPS(L) \
	L(LOAD32, u32, u32) L(LOAD64, u64, u64) \
	L(I32_LOAD8_S, s8, u32) L(LOAD8_U, u8, u32) L(I32_LOAD16_S, s16, u32) L(LOAD16_U, u16, u32) \
	L(I64_LOAD8_S, s8, u64) L(I64_LOAD16_S, s16, u64) L(I64_LOAD32_S, s32, u64)

/* Stores: S(name, type in memory). */
#define WC_STORE_OPS(S) S(STORE8, u8) S(STORE16, u16) S(STORE32, u32) S(STORE64, u64)

/* b op (a shift count), an i32: X(name, expression of a, b and count). Operands: a count b d. */
#define WC_SHIFTED_OPS(X) \
	X(XOR_ROTL, b ^ wc_rotl(a, count)) X(ADD_ROTL, b + wc_rotl(a, count)) X(OR_ROTL, b | wc_rotl(a, count)) \
	X(XOR_SHL, b ^ a << count) X(ADD_SHL, b + (a << count)) X(OR_SHL, b | a << count) \
	X(XOR_SHR_U, b ^ a >> count) X(ADD_SHR_U, b + (a >> count)) X(OR_SHR_U, b | a >> count)

/* (a op constant) & mask, an i32: X(name, expression of a and constant). Operands: a constant:2 mask:2 d. */
#define WC_MASKED_OPS(X) X(ADD_AND, a + constant) X(SHR_U_AND, a >> (constant & 31))

/* d = a + constant, then branch on (d, b): X(name, condition). Operands: a constant:2 d b, then as a branch. */
#define WC_ADD_BRANCH_OPS(X) X(I32_NE, d != b) X(I32_LT_U, d < b) X(I32_LT_S, (s32)d < (s32)b)

/* Everything else. Operands are named in the order in which they stand. */
#define WC_OTHER_OPS(O) \
	O(UNREACHABLE) O(FUEL) /* cost */ \
	O(BR) /* to:2 cost */ O(BR_TABLE) /* S n:2 (to:2 cost)... */ \
	O(RETURN) O(RETURN_S) O(RETURN_I) O(RETURN_A) \
	O(CALL) /* function:2 args */ O(CALL_IMPORT) /* function:2 args */ \
	O(CALL_INDIRECT) /* table type:2 S args */ \
	O(CALL_FOREIGN) O(STOPPED) O(EXIT) O(LEAVE_INSTANCE) /* not emitted */ \
	O(MOVE_PAIR) /* S d S d */ O(MOVE2) /* S d */ O(MOVE_MANY) /* S d n */ \
	O(CONST32) /* I d */ O(CONST64) /* value:4 d */ \
	O(SELECT_S) O(SELECT_S_A) /* condition S S d */ O(SELECT_A) O(SELECT_A_A) /* S S d */ O(SELECT2) \
	O(GLOBAL_GET) O(GLOBAL_GET_A) /* cell:2 d */ O(GLOBAL_GET2) O(GLOBAL_GET_IMPORT) O(GLOBAL_GET2_IMPORT) \
	O(GLOBAL_SET_S) O(GLOBAL_SET_A) /* cell:2 S */ O(GLOBAL_SET2) O(GLOBAL_SET_IMPORT) O(GLOBAL_SET2_IMPORT) \
	O(MEMORY_SIZE) /* d */ O(MEMORY_GROW) /* S d */ O(MEMORY_FILL) O(MEMORY_COPY) /* base */ \
	O(MEMORY_INIT) /* segment:2 base */ O(DATA_DROP) /* segment:2 */ \
	O(TABLE_GET) /* table S d */ O(TABLE_SET) /* table S S */ O(TABLE_SIZE) /* table d */ \
	O(TABLE_GROW) /* table base d */ O(TABLE_FILL) /* table base */ O(TABLE_COPY) /* to from base */ \
	O(TABLE_INIT) /* table segment:2 base */ O(ELEM_DROP) /* segment:2 */ \
	O(REF_FUNC) /* function:2 d */ \
	O(V128_CONST) /* bytes:8 d */ O(V128_LOAD) /* S addend:2 offset:2 d */ \
	O(V128_STORE) /* S addend:2 S offset:2 */ O(V128_LOAD_PART) /* op S offset:2 d */ \
	O(V128_LOAD_LANE) /* op S S lane offset:2 d */ O(V128_STORE_LANE) /* op S S lane offset:2 */ \
	O(V128_SHUFFLE) /* S S bytes:8 d */ O(V128_BINARY) /* op S S d */ \
	O(V128_OP) /* op S S S imm d */

/* The forms of an instruction follow each other; adding one of these to the first gives the others. */
enum { WC_SS = 0, WC_SI = 2, WC_AS = 4, WC_AI = 6, WC_SA = 8 };		/* two operands */
enum { WC_S = 0, WC_A = 2 };						/* one operand; address of a load */
enum { WC_LOAD_SS = 4, WC_LOAD_AS = 6, WC_LOAD_SI = 8 };		/* address is a sum */
enum { WC_TO_A = 1 };							/* result only to the accumulator */
enum { WC_STORE_SS, WC_STORE_SI, WC_STORE_SA, WC_STORE_AS, WC_STORE_AI };	/* address, value */
enum { WC_STORE_SUM = 5 };						/* SS, SI, SA: address is S plus I */
enum { WC_BR_SS, WC_BR_SI, WC_BR_AS, WC_BR_AI };			/* compare and branch */

#define WC_FORMS_BINARY(n, ...) \
	WC_##n##_SS, WC_##n##_SS_A, WC_##n##_SI, WC_##n##_SI_A, WC_##n##_AS, WC_##n##_AS_A, \
	WC_##n##_AI, WC_##n##_AI_A, WC_##n##_SA, WC_##n##_SA_A,
#define WC_FORMS_BRANCH(n, ...) WC_BR_##n##_SS, WC_BR_##n##_SI, WC_BR_##n##_AS, WC_BR_##n##_AI,
#define WC_FORMS_UNARY(n, ...) WC_##n##_S, WC_##n##_S_A, WC_##n##_A, WC_##n##_A_A,
#define WC_FORMS_LOAD(n, ...) \
	WC_##n##_S, WC_##n##_S_A, WC_##n##_A, WC_##n##_A_A, WC_##n##_SS, WC_##n##_SS_A, WC_##n##_AS, WC_##n##_AS_A, \
	WC_##n##_SI, WC_##n##_SI_A,
#define WC_FORMS_STORE(n, ...) \
	WC_##n##_SS, WC_##n##_SI, WC_##n##_SA, WC_##n##_AS, WC_##n##_AI, WC_##n##_SUM_SS, WC_##n##_SUM_SI, WC_##n##_SUM_SA,
#define WC_FORMS_SHIFTED(n, ...) WC_##n##_SS, WC_##n##_SS_A, WC_##n##_AS, WC_##n##_AS_A, WC_##n##_SA, WC_##n##_SA_A,
#define WC_FORMS_ADD_BRANCH(n, ...) WC_ADD_BR_##n##_S, WC_ADD_BR_##n##_I,
#define WC_FORMS_OTHER(n) WC_##n,
#define WC_IGNORE(...)

enum wc_ir {
	WC_OTHER_OPS(WC_FORMS_OTHER)
	WC_UNARY_OPS(WC_FORMS_UNARY, WC_FORMS_UNARY)
	WC_LOAD_OPS(WC_FORMS_LOAD)
	WC_STORE_OPS(WC_FORMS_STORE)
	WC_SHIFTED_OPS(WC_FORMS_SHIFTED)
	WC_MASKED_OPS(WC_FORMS_UNARY)
	WC_ADD_BRANCH_OPS(WC_FORMS_ADD_BRANCH)
	WC_BINARY_OPS(WC_FORMS_BINARY, WC_FORMS_BINARY, WC_FORMS_BINARY)
	WC_BINARY_OPS(WC_IGNORE, WC_FORMS_BRANCH, WC_IGNORE)
	WC_IR_COUNT
};

#define WC_FIRST_COMPARE WC_I32_EQ_SS
#define WC_LAST_COMPARE (WC_I64_GE_U_SS + 9)

static inline u32 wc_get32(const u16 *units)
{
	u32 v;

	memcpy(&v, units, sizeof(v));
	return v;
}

static inline u64 wc_get64(const u16 *units)
{
	u64 v;

	memcpy(&v, units, sizeof(v));
	return v;
}

static inline void wc_put32(u16 *units, u32 v)
{
	memcpy(units, &v, sizeof(v));
}

#endif
