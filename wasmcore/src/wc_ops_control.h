/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Part of wc_ops.h: branches and calls. */

/* ---- compare and branch: operands, target (2 units), price of the target, price of going on ---- */

#define BRANCH_FORM(form, type, set_a, set_b, condition, at) \
	OP(form) { \
		type a = set_a, b = set_b; \
		if (condition) { \
			PAY_AND_JUMP(ip[(at) + 2], wc_get32(ip + (at))); \
		} \
		PAY_AND_JUMP(ip[(at) + 3], (at) + 4); \
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
			PAY_AND_JUMP(ip[(at) + 2], wc_get32(ip + (at))); \
		} \
		PAY_AND_JUMP(ip[(at) + 3], (at) + 4); \
	}

#define ADD_BRANCH(name, condition) \
	ADD_BRANCH_FORM(ADD_BR_##name##_S, (u32)fp[ip[5]], condition, 6) \
	ADD_BRANCH_FORM(ADD_BR_##name##_I, wc_get32(ip + 5), condition, 7)

WC_ADD_BRANCH_OPS(ADD_BRANCH)

OP(BR) {
	PAY_AND_JUMP(ip[3], wc_get32(ip + 1));
}

OP(BR_TABLE) {
	u32 index = (u32)fp[ip[1]], n = wc_get32(ip + 2);
	const u16 *entry = ip + 4 + 3 * (size_t)WC_MASKED(index < n ? index : n, (u64)n + 1);

	PAY_AND_JUMP(entry[2], wc_get32(entry));
}

OP(FUEL) {
	PAY_AND_JUMP(ip[1], 2);
}

/* Not in code: a branch from x->trap_ip to here is paid, but the fuel is below the floor. */
OP(STOPPED) {
#ifndef WASMCORE_NO_METERING
	enum wasmcore_trap trap = stopped(x, x->trap_ip, fuel);

	if (trap)
		return trap;
#endif
	NEXT(0);
}

OP(UNREACHABLE) {
	TRAP(WASMCORE_TRAP_UNREACHABLE);
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
