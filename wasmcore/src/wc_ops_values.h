/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Part of wc_ops.h: numbers, copies, globals. */

/* ---- two operands ---- */

#define BINARY_FORM(form, type, set_a, set_b, check, expression, units) \
	OP(form) { type a = set_a, b = set_b; check; RESULT(units, expression); } \
	OP(form##_A) { type a = set_a, b = set_b; check; RESULT_ACC(units, expression); }

#define BINARY_FORMS(name, t, expression, check) \
	BINARY_FORM(name##_SS, T_##t, (T_##t)fp[ip[1]], (T_##t)fp[ip[2]], check, expression, 3) \
	BINARY_FORM(name##_SI, T_##t, (T_##t)fp[ip[1]], IMM_##t(wc_get32(ip + 2)), check, expression, 4) \
	BINARY_FORM(name##_AS, T_##t, (T_##t)acc, (T_##t)fp[ip[1]], check, expression, 2) \
	BINARY_FORM(name##_AI, T_##t, (T_##t)acc, IMM_##t(wc_get32(ip + 1)), check, expression, 3) \
	BINARY_FORM(name##_SA, T_##t, (T_##t)fp[ip[1]], (T_##t)acc, check, expression, 2)

#define BINARY(name, t, expression) BINARY_FORMS(name, t, expression, )
#define BINARY_TRAPS(name, t, expression, check) BINARY_FORMS(name, t, expression, check)
#define CHECK_ZERO() if (WC_UNLIKELY(b == 0)) TRAP(WASMCORE_TRAP_DIVIDE_BY_ZERO)
#define CHECK_DIVIDE_S(type, min) \
	CHECK_ZERO(); \
	if (WC_UNLIKELY((type)b == -1 && (type)a == min)) TRAP(WASMCORE_TRAP_OVERFLOW)

WC_BINARY_OPS(BINARY, BINARY, BINARY_TRAPS)

#define SHIFTED_FORM(form, set_a, count_at, set_b, expression, units) \
	OP(form) { u32 a = (u32)set_a, b = (u32)set_b, count = ip[count_at]; RESULT(units, expression); } \
	OP(form##_A) { u32 a = (u32)set_a, b = (u32)set_b, count = ip[count_at]; RESULT_ACC(units, expression); }

#define SHIFTED(name, expression) \
	SHIFTED_FORM(name##_SS, fp[ip[1]], 2, fp[ip[3]], expression, 4) \
	SHIFTED_FORM(name##_AS, acc, 1, fp[ip[2]], expression, 3) \
	SHIFTED_FORM(name##_SA, fp[ip[1]], 2, acc, expression, 3)

WC_SHIFTED_OPS(SHIFTED)

#define MASKED_FORM(form, set_a, at, expression, result) \
	OP(form) { \
		u32 a = (u32)set_a, constant = wc_get32(ip + (at)); \
		result((at) + 4, (expression) & wc_get32(ip + (at) + 2)); \
	}

#define MASKED(name, expression) \
	MASKED_FORM(name##_S, fp[ip[1]], 2, expression, RESULT) \
	MASKED_FORM(name##_S_A, fp[ip[1]], 2, expression, RESULT_ACC) \
	MASKED_FORM(name##_A, acc, 1, expression, RESULT) \
	MASKED_FORM(name##_A_A, acc, 1, expression, RESULT_ACC)

WC_MASKED_OPS(MASKED)

/* ---- one operand ---- */

#define UNARY(name, t, expression) \
	OP(name##_S) { T_##t a = (T_##t)fp[ip[1]]; RESULT(2, expression); } \
	OP(name##_S_A) { T_##t a = (T_##t)fp[ip[1]]; RESULT_ACC(2, expression); } \
	OP(name##_A) { T_##t a = (T_##t)acc; RESULT(1, expression); } \
	OP(name##_A_A) { T_##t a = (T_##t)acc; RESULT_ACC(1, expression); }

/* The number goes to the machine: with the address of a local outside, the compiler would not jump to the next handler. */
#define CONVERT_FORM(form, t, set_a, convert, type, result) \
	OP(form) { \
		enum wasmcore_trap trap = convert((T_##t)set_a, &x->converted.as_##type); \
		if (WC_UNLIKELY(trap)) \
			TRAP(trap); \
		result; \
	}

#define CONVERT(name, t, convert, type) \
	CONVERT_FORM(name##_S, t, fp[ip[1]], convert, type, RESULT(2, x->converted.as_##type)) \
	CONVERT_FORM(name##_S_A, t, fp[ip[1]], convert, type, RESULT_ACC(2, x->converted.as_##type)) \
	CONVERT_FORM(name##_A, t, acc, convert, type, RESULT(1, x->converted.as_##type)) \
	CONVERT_FORM(name##_A_A, t, acc, convert, type, RESULT_ACC(1, x->converted.as_##type))

WC_UNARY_OPS(UNARY, CONVERT)

OP(MOVE_PAIR) {
	fp[ip[2]] = fp[ip[1]];
	acc = fp[ip[3]];
	fp[ip[4]] = acc;
	NEXT(5);
}

OP(MOVE2) {
	u64 low = fp[ip[1]], high = fp[ip[1] + 1];

	fp[ip[2]] = low;
	fp[ip[2] + 1] = high;
	NEXT(3);
}

OP(MOVE_MANY) {
	const u64 *from = fp + ip[1];
	u64 *to = fp + ip[2];
	u32 i;

	for (i = 0; i < ip[3]; i++)		/* always downwards */
		to[i] = from[i];
	NEXT(4);
}

OP(CONST32) {
	RESULT(3, wc_get32(ip + 1));
}

OP(CONST64) {
	RESULT(5, wc_get64(ip + 1));
}

OP(SELECT_S) {
	u64 a = fp[ip[2]], b = fp[ip[3]];

	RESULT(4, (u32)fp[ip[1]] ? a : b);
}

OP(SELECT_S_A) {
	u64 a = fp[ip[2]], b = fp[ip[3]];

	RESULT_ACC(4, (u32)fp[ip[1]] ? a : b);
}

OP(SELECT_A) {
	u64 a = fp[ip[1]], b = fp[ip[2]];

	RESULT(3, (u32)acc ? a : b);
}

OP(SELECT_A_A) {
	u64 a = fp[ip[1]], b = fp[ip[2]];

	RESULT_ACC(3, (u32)acc ? a : b);
}

OP(SELECT2) {
	const u64 *from = fp + ((u32)fp[ip[1]] ? ip[2] : ip[3]);
	u64 low = from[0], high = from[1];

	fp[ip[4]] = low;
	fp[ip[4] + 1] = high;
	NEXT(5);
}

/* ---- globals ---- */

OP(GLOBAL_GET) {
	RESULT(3, x->globals[wc_get32(ip + 1)]);
}

OP(GLOBAL_GET_A) {
	RESULT_ACC(3, x->globals[wc_get32(ip + 1)]);
}

OP(GLOBAL_GET2) {
	const u64 *cell = x->globals + wc_get32(ip + 1);

	fp[ip[3]] = cell[0];
	fp[ip[3] + 1] = cell[1];
	NEXT(4);
}

OP(GLOBAL_GET_IMPORT) {
	RESULT(3, x->instance->globals[wc_get32(ip + 1)][0]);
}

OP(GLOBAL_GET2_IMPORT) {
	const u64 *cell = x->instance->globals[wc_get32(ip + 1)];

	fp[ip[3]] = cell[0];
	fp[ip[3] + 1] = cell[1];
	NEXT(4);
}

OP(GLOBAL_SET_S) {
	x->globals[wc_get32(ip + 1)] = fp[ip[3]];
	NEXT(4);
}

OP(GLOBAL_SET_A) {
	x->globals[wc_get32(ip + 1)] = acc;
	NEXT(3);
}

OP(GLOBAL_SET2) {
	u64 *cell = x->globals + wc_get32(ip + 1);

	cell[0] = fp[ip[3]];
	cell[1] = fp[ip[3] + 1];
	NEXT(4);
}

OP(GLOBAL_SET_IMPORT) {
	x->instance->globals[wc_get32(ip + 1)][0] = fp[ip[3]];
	NEXT(4);
}

OP(GLOBAL_SET2_IMPORT) {
	u64 *cell = x->instance->globals[wc_get32(ip + 1)];

	cell[0] = fp[ip[3]];
	cell[1] = fp[ip[3] + 1];
	NEXT(4);
}
