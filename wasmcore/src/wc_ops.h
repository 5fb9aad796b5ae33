/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What each instruction of the internal code does. wc_interp.c includes this file: at file level, where OP() makes a
 * function of each, or inside a switch. The state: ip, fp, mem (address of the linear memory), acc, x, fuel.
 */

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

/* ---- compare and branch: operands, target (2 units), price of the target, price of going on ---- */

#define BRANCH_FORM(form, type, set_a, set_b, condition, at) \
	OP(form) { \
		type a = set_a, b = set_b; \
		if (condition) { \
			PAY(ip[(at) + 2]); \
			JUMP(wc_get32(ip + (at))); \
		} \
		PAY(ip[(at) + 3]); \
		NEXT((at) + 4); \
	}

#define BRANCH(name, t, condition) \
	BRANCH_FORM(BR_##name##_SS, T_##t, (T_##t)fp[ip[1]], (T_##t)fp[ip[2]], condition, 3) \
	BRANCH_FORM(BR_##name##_SI, T_##t, (T_##t)fp[ip[1]], IMM_##t(wc_get32(ip + 2)), condition, 4) \
	BRANCH_FORM(BR_##name##_AS, T_##t, (T_##t)acc, (T_##t)fp[ip[1]], condition, 2) \
	BRANCH_FORM(BR_##name##_AI, T_##t, (T_##t)acc, IMM_##t(wc_get32(ip + 1)), condition, 3)

WC_BINARY_OPS(WC_IGNORE, BRANCH, WC_IGNORE)

#define ADD_BRANCH_FORM(form, set_b, condition, at) \
	OP(form) { \
		u32 d = (u32)fp[ip[1]] + wc_get32(ip + 2), b; \
		acc = d; \
		fp[ip[4]] = d; \
		b = set_b; /* which may be d itself */ \
		if (condition) { \
			PAY(ip[(at) + 2]); \
			JUMP(wc_get32(ip + (at))); \
		} \
		PAY(ip[(at) + 3]); \
		NEXT((at) + 4); \
	}

#define ADD_BRANCH(name, condition) \
	ADD_BRANCH_FORM(ADD_BR_##name##_S, (u32)fp[ip[5]], condition, 6) \
	ADD_BRANCH_FORM(ADD_BR_##name##_I, wc_get32(ip + 5), condition, 7)

WC_ADD_BRANCH_OPS(ADD_BRANCH)

OP(BR) {
	PAY(ip[3]);
	JUMP(wc_get32(ip + 1));
}

OP(BR_TABLE) {
	u32 index = (u32)fp[ip[1]], n = wc_get32(ip + 2);
	const u16 *entry = ip + 4 + 3 * (size_t)WC_MASKED(index < n ? index : n, (u64)n + 1);

	PAY(entry[2]);
	JUMP(wc_get32(entry));
}

OP(FUEL) {
	PAY(ip[1]);
	NEXT(2);
}

OP(UNREACHABLE) {
	TRAP(WASMCORE_TRAP_UNREACHABLE);
}

/* ---- one operand ---- */

#define UNARY(name, t, expression) \
	OP(name##_S) { T_##t a = (T_##t)fp[ip[1]]; RESULT(2, expression); } \
	OP(name##_S_A) { T_##t a = (T_##t)fp[ip[1]]; RESULT_ACC(2, expression); } \
	OP(name##_A) { T_##t a = (T_##t)acc; RESULT(1, expression); } \
	OP(name##_A_A) { T_##t a = (T_##t)acc; RESULT_ACC(1, expression); }

#define CONVERT_FORM(form, t, set_a, convert, type, result) \
	OP(form) { \
		type v; \
		enum wasmcore_trap trap = convert((T_##t)set_a, &v); \
		if (WC_UNLIKELY(trap)) \
			TRAP(trap); \
		result; \
	}

#define CONVERT(name, t, convert, type) \
	CONVERT_FORM(name##_S, t, fp[ip[1]], convert, type, RESULT(2, v)) \
	CONVERT_FORM(name##_S_A, t, fp[ip[1]], convert, type, RESULT_ACC(2, v)) \
	CONVERT_FORM(name##_A, t, acc, convert, type, RESULT(1, v)) \
	CONVERT_FORM(name##_A_A, t, acc, convert, type, RESULT_ACC(1, v))

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

/* ---- memory ---- */

#define LOAD_FORM(form, type, wide, address, at, result) \
	OP(form) { \
		u64 at_ = (u64)(u32)(address) + wc_get32(ip + (at)); \
		type v; \
		BOUNDS(at_, sizeof(type)); \
		memcpy(&v, mem + at_, sizeof(v)); \
		result((at) + 2, (wide)v); \
	}

#define LOAD(name, type, wide) \
	LOAD_FORM(name##_S, type, wide, fp[ip[1]], 2, RESULT) \
	LOAD_FORM(name##_S_A, type, wide, fp[ip[1]], 2, RESULT_ACC) \
	LOAD_FORM(name##_A, type, wide, acc, 1, RESULT) \
	LOAD_FORM(name##_A_A, type, wide, acc, 1, RESULT_ACC) \
	LOAD_FORM(name##_SS, type, wide, fp[ip[1]] + fp[ip[2]], 3, RESULT) \
	LOAD_FORM(name##_SS_A, type, wide, fp[ip[1]] + fp[ip[2]], 3, RESULT_ACC) \
	LOAD_FORM(name##_AS, type, wide, acc + fp[ip[1]], 2, RESULT) \
	LOAD_FORM(name##_AS_A, type, wide, acc + fp[ip[1]], 2, RESULT_ACC) \
	LOAD_FORM(name##_SI, type, wide, fp[ip[1]] + wc_get32(ip + 2), 4, RESULT) \
	LOAD_FORM(name##_SI_A, type, wide, fp[ip[1]] + wc_get32(ip + 2), 4, RESULT_ACC)

WC_LOAD_OPS(LOAD)

#define STORE_FORM(form, type, address, value, at) \
	OP(form) { \
		u64 at_ = (u64)(u32)(address) + wc_get32(ip + (at)); \
		type v = (type)(value); \
		BOUNDS(at_, sizeof(type)); \
		memcpy(mem + at_, &v, sizeof(v)); \
		NEXT((at) + 2); \
	}

#define STORE(name, type) \
	STORE_FORM(name##_SS, type, fp[ip[1]], fp[ip[2]], 3) \
	STORE_FORM(name##_SI, type, fp[ip[1]], wc_get32(ip + 2), 4) \
	STORE_FORM(name##_SA, type, fp[ip[1]], acc, 2) \
	STORE_FORM(name##_AS, type, acc, fp[ip[1]], 2) \
	STORE_FORM(name##_AI, type, acc, wc_get32(ip + 1), 3) \
	STORE_FORM(name##_SUM_SS, type, fp[ip[1]] + wc_get32(ip + 2), fp[ip[4]], 5) \
	STORE_FORM(name##_SUM_SI, type, fp[ip[1]] + wc_get32(ip + 2), wc_get32(ip + 4), 6) \
	STORE_FORM(name##_SUM_SA, type, fp[ip[1]] + wc_get32(ip + 2), acc, 4)

WC_STORE_OPS(STORE)

OP(MEMORY_SIZE) {
	RESULT(1, x->instance->memory->pages);
}

OP(MEMORY_GROW) {
	u32 before = wc_memory_grow(x->instance->memory, (u32)fp[ip[1]]);

	x->memory_size = x->instance->memory->size;
	RESULT(2, before);
}

/* More than there is traps before it is paid for. */
#define AT_MOST(n, size, trap) if (WC_UNLIKELY((n) > (size))) TRAP(trap)

OP(MEMORY_FILL) {
	const u64 *v = fp + ip[1];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_fill(x->instance->memory, (u32)v[0], (u8)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(2);
}

OP(MEMORY_COPY) {
	const u64 *v = fp + ip[1];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_copy(x->instance->memory, (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(2);
}

OP(MEMORY_INIT) {
	const u64 *v = fp + ip[3];

	AT_MOST((u32)v[2], x->memory_size, WASMCORE_TRAP_MEMORY);
	PAY((u32)v[2] >> 6);
	if (!wc_memory_init(x->instance, wc_get32(ip + 1), (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_MEMORY);
	NEXT(4);
}

OP(DATA_DROP) {
	x->instance->dropped_datas[wc_get32(ip + 1)] = true;
	NEXT(3);
}

/* ---- tables and references ---- */

OP(TABLE_GET) {
	const struct wc_table *table = x->instance->tables[ip[1]];
	u32 index = (u32)fp[ip[2]];

	if (WC_UNLIKELY(index >= table->size))
		TRAP(WASMCORE_TRAP_TABLE);
	RESULT(3, table->items[WC_MASKED(index, table->size)]);
}

OP(TABLE_SET) {
	const struct wc_table *table = x->instance->tables[ip[1]];
	u32 index = (u32)fp[ip[2]];

	if (WC_UNLIKELY(index >= table->size))
		TRAP(WASMCORE_TRAP_TABLE);
	table->items[WC_MASKED(index, table->size)] = fp[ip[3]];
	NEXT(4);
}

OP(TABLE_SIZE) {
	RESULT(2, x->instance->tables[ip[1]]->size);
}

OP(TABLE_GROW) {
	const u64 *v = fp + ip[2];

	if ((u32)v[1] > x->instance->tables[ip[1]]->max)
		RESULT(3, UINT32_MAX);
	PAY((u32)v[1] >> 3);
	RESULT(3, wc_table_grow(x->instance->tables[ip[1]], (u32)v[1], v[0]));
}

OP(TABLE_FILL) {
	const u64 *v = fp + ip[2];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_fill(x->instance->tables[ip[1]], (u32)v[0], v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(3);
}

OP(TABLE_COPY) {
	const u64 *v = fp + ip[3];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_copy(x->instance->tables[ip[1]], x->instance->tables[ip[2]], (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(4);
}

OP(TABLE_INIT) {
	const u64 *v = fp + ip[4];

	AT_MOST((u32)v[2], x->instance->tables[ip[1]]->size, WASMCORE_TRAP_TABLE);
	PAY((u32)v[2] >> 3);
	if (!wc_table_init(x->instance, ip[1], wc_get32(ip + 2), (u32)v[0], (u32)v[1], (u32)v[2]))
		TRAP(WASMCORE_TRAP_TABLE);
	NEXT(5);
}

OP(ELEM_DROP) {
	x->instance->dropped_elements[wc_get32(ip + 1)] = true;
	NEXT(3);
}

OP(REF_FUNC) {
	RESULT(3, (u64)(uintptr_t)x->instance->functions[wc_get32(ip + 1)]);
}

/* ---- calls ---- */

/* Is there room for a call of `callee`, and fuel? The frames are still the caller's: a trap happens in its code. */
#define ADMIT(callee, args) \
	do { \
		const struct wc_code *code_ = (callee); \
		u64 *fp_ = (args); \
		struct wc_frame *frame_ = x->frame + 1; \
		if (WC_UNLIKELY(fp_ + code_->frame_slots > x->slot_mark) && !raise_slots(x, fp_, code_)) \
			TRAP(WASMCORE_TRAP_STACK); \
		if (WC_UNLIKELY(frame_ > x->frame_mark) && !raise_frames(x, frame_)) \
			TRAP(WASMCORE_TRAP_STACK); \
		PAY(code_->entry_cost); \
	} while (0)

/* Goes on in `callee`, which was admitted; its parameters are at `args`, its results will be there, `after` is next. */
#define BEGIN(callee, args, after) \
	do { \
		const struct wc_code *code_ = (callee); \
		u64 *fp_ = (args); \
		struct wc_frame *frame_ = x->frame + 1; \
		u32 i_, n_ = code_->zero_slots; \
		u64 *zero_ = fp_ + code_->param_slots; \
		frame_->ip = (after); \
		frame_->fp = fp; \
		frame_->code = code_; \
		x->frame = frame_; \
		for (i_ = 0; i_ < n_; i_++) \
			zero_[i_] = 0; \
		fp = fp_; \
		ip = code_->code; \
		NEXT(0); \
	} while (0)

#define ENTER(callee, args, after) \
	do { \
		ADMIT(callee, args); \
		BEGIN(callee, args, after); \
	} while (0)

/* Calls the host function f with slots at args. */
#define CALL_HOST(f, args, after) \
	do { \
		u64 *args_ = (args); \
		enum wasmcore_trap trap_; \
		x->fuel = fuel; \
		x->top = args_ + (f)->host_slots; \
		if (WC_UNLIKELY(x->top > x->slot_end)) \
			TRAP(WASMCORE_TRAP_STACK); \
		trap_ = (f)->host(x->instance, args_, (f)->user); \
		fuel = x->fuel; \
		x->memory_size = x->instance->memory->size; \
		if (WC_UNLIKELY(trap_)) \
			TRAP(trap_); \
		acc = args_[0]; \
		ip = (after); \
		NEXT(0); \
	} while (0)

OP(CALL) {
	ENTER(x->code + wc_get32(ip + 1), fp + ip[3], ip + 4);
}

OP(CALL_IMPORT) {
	struct wasmcore_function *f = x->instance->functions[wc_get32(ip + 1)];

	if (WC_UNLIKELY(f->code)) {
		x->callee = f;
		x->callee_args = fp + ip[3];
		x->callee_after = ip + 4;
		GO(CALL_FOREIGN);
	}
	CALL_HOST(f, fp + ip[3], ip + 4);
}

OP(CALL_INDIRECT) {
	const struct wc_table *table = x->instance->tables[ip[1]];
	const struct wc_type *type = x->types + wc_get32(ip + 2);
	u32 index = (u32)fp[ip[4]];
	struct wasmcore_function *f;

	if (WC_UNLIKELY(index >= table->size))
		TRAP(WASMCORE_TRAP_UNDEFINED_ELEMENT);
	f = (struct wasmcore_function *)(uintptr_t)table->items[WC_MASKED(index, table->size)];
	if (WC_UNLIKELY(!f))
		TRAP(WASMCORE_TRAP_NULL_ELEMENT);
	if (WC_UNLIKELY(f->type != type) && !wc_types_equal(f->type, type))
		TRAP(WASMCORE_TRAP_SIGNATURE);
	if (WC_UNLIKELY(!f->code || f->instance != x->instance)) {
		x->callee = f;
		x->callee_args = fp + ip[5];
		x->callee_after = ip + 6;
		GO(CALL_FOREIGN);
	}
	ENTER(f->code, fp + ip[5], ip + 6);
}

/* Not in code: a call of x->callee, which is a host function or may belong to another instance. */
OP(CALL_FOREIGN) {
	struct wasmcore_function *f = x->callee;

	if (!f->code)
		CALL_HOST(f, x->callee_args, x->callee_after);
	if (f->instance == x->instance)
		ENTER(f->code, x->callee_args, x->callee_after);
	/* A frame that remembers this instance, below the callee's, which returns to LEAVE_INSTANCE. */
	if (WC_UNLIKELY(x->frame + 2 > x->frame_mark) && !raise_frames(x, x->frame + 2))
		TRAP(WASMCORE_TRAP_STACK);
	ADMIT(f->code, x->callee_args);
	x->frame++;
	x->frame->ip = x->callee_after;
	x->frame->fp = fp;
	x->frame->code = x->instance;
	mem = wc_enter(x, f->instance);
	BEGIN(f->code, x->callee_args, leave_instance);
}

OP(LEAVE_INSTANCE) {
	const struct wc_frame *frame = x->frame--;

	mem = wc_enter(x, (struct wasmcore_instance *)(uintptr_t)frame->code);
	ip = frame->ip;
	fp = frame->fp;
	NEXT(0);
}

#define LEAVE() \
	do { \
		const struct wc_frame *frame_ = x->frame--; \
		ip = frame_->ip; \
		fp = frame_->fp; \
		NEXT(0); \
	} while (0)

OP(RETURN) {
	LEAVE();
}

OP(RETURN_S) {
	acc = fp[ip[1]];
	fp[0] = acc;
	LEAVE();
}

OP(RETURN_I) {
	acc = wc_get32(ip + 1);
	fp[0] = acc;
	LEAVE();
}

OP(RETURN_A) {
	fp[0] = acc;
	LEAVE();
}

OP(EXIT) {
	x->fuel = fuel;
	return WASMCORE_TRAP_NONE;
}

/* ---- vectors ---- */

OP(V128_CONST) {
	memcpy(fp + ip[9], ip + 1, 16);
	NEXT(10);
}

OP(V128_LOAD) {
	u64 at = (u64)((u32)fp[ip[1]] + wc_get32(ip + 2)) + wc_get32(ip + 4);

	BOUNDS(at, 16);
	memcpy(fp + ip[6], mem + at, 16);
	NEXT(7);
}

OP(V128_STORE) {
	u64 at = (u64)((u32)fp[ip[1]] + wc_get32(ip + 2)) + wc_get32(ip + 5);

	BOUNDS(at, 16);
	memcpy(mem + at, fp + ip[4], 16);
	NEXT(7);
}

OP(V128_LOAD_PART) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 3);

	BOUNDS(at, vector->bytes);
	vector->fn(fp + ip[5], (const u64 *)(const void *)(mem + at), NULL, NULL, 0);
	NEXT(6);
}

OP(V128_LOAD_LANE) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 5);

	BOUNDS(at, vector->bytes);
	vector->fn(fp + ip[7], (const u64 *)(const void *)(mem + at), fp + ip[3], NULL, ip[4]);
	NEXT(8);
}

OP(V128_STORE_LANE) {
	const struct wc_simd_op *vector = &wc_simd_ops[ip[1]];
	u64 at = (u64)(u32)fp[ip[2]] + wc_get32(ip + 5);

	BOUNDS(at, vector->bytes);
	vector->fn((u64 *)(void *)(mem + at), fp + ip[3], NULL, NULL, ip[4]);
	NEXT(7);
}

OP(V128_SHUFFLE) {
	wc_simd_ops[WC_SIMD_SHUFFLE_OP].fn(fp + ip[11], fp + ip[1], fp + ip[2],
					   (const u64 *)(const void *)(ip + 3), 0);
	NEXT(12);
}

OP(V128_BINARY) {
	wc_simd_ops[ip[1]].fn(fp + ip[4], fp + ip[2], fp + ip[3], NULL, 0);
	NEXT(5);
}

OP(V128_OP) {
	u64 *to = fp + ip[6];

	wc_simd_ops[ip[1]].fn(to, fp + ip[2], fp + ip[3], fp + ip[4], ip[5]);
	acc = to[0];
	NEXT(7);
}
