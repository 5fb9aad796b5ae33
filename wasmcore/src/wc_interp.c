/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The interpreter. One source of handlers (wc_ops.h), two ways from one to the next:
 *
 * - tail calls: each handler is a small function that ends in a jump to the next, with the machine's state in the six
 *   registers of arguments. clang promises the jump (musttail); gcc makes it from -O2 on, or with
 *   -foptimize-sibling-calls, and a test looks into the object file (tests/tail_calls.sh).
 * - a switch in a loop, for builds without optimisation and with sanitizers. WASMCORE_SWITCH asks for it.
 *
 * Nothing here checks types: only validated code gets here. What depends on values is checked here and nowhere else:
 * bounds, division, conversion, tables, stack, fuel.
 */
#include "wc_ir.h"
#include "wc_float.h"
#include "wc_simd.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WC_SANITIZED 1
#endif
#endif
#if !defined(__OPTIMIZE__) || defined(WC_SANITIZED)
#define WASMCORE_SWITCH 1
#endif

#define T_I32 u32
#define T_I64 u64
#define T_F32 u32
#define T_F64 u64
#define IMM_I32(v) (v)
#define IMM_I64(v) ((u64)(s64)(s32)(v))
#define IMM_F32(v) (v)
#define IMM_F64(v) ((u64)(v) << 32)
#define WC_SIMD_SHUFFLE_OP 13

static const u16 leave_instance[1] = { WC_LEAVE_INSTANCE };

static WC_COLD enum wasmcore_trap trapped(struct wc_machine *x, const u16 *ip, s64 fuel, enum wasmcore_trap trap)
{
	x->trap_ip = ip;
	x->fuel = fuel < 0 ? 0 : fuel;
	return trap;
}

#ifndef WASMCORE_NO_METERING
/* Fuel below the floor: it ran out, or somebody raised the floor. */
static WC_COLD enum wasmcore_trap stopped(struct wc_machine *x, const u16 *ip, s64 fuel)
{
	if (fuel < 0)
		return trapped(x, ip, fuel, WASMCORE_TRAP_FUEL);
	x->trap_ip = ip;
	x->fuel = fuel;
	return wc_attend(x);
}
#endif

/* The stack is used higher than ever before. */
static WC_COLD bool raise_slots(struct wc_machine *x, u64 *fp, const struct wc_code *code)
{
	if (fp > x->slot_end || (size_t)(x->slot_end - fp) < code->frame_slots)
		return false;
	x->slot_mark = fp + code->frame_slots;
	return true;
}

static WC_COLD bool raise_frames(struct wc_machine *x, struct wc_frame *frame)
{
	if (frame >= x->frame_end)
		return false;
	x->frame_mark = frame;
	return true;
}

static inline u32 wc_popcount(u64 v)
{
	v -= v >> 1 & 0x5555555555555555u;
	v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (u32)(v * 0x0101010101010101u >> 56);
}

/* 0 < count < 32 or not: both shifts are defined. */
static inline u32 wc_rotl(u32 v, u32 count)
{
	return v << (count & 31) | v >> (-count & 31);
}

#ifdef WASMCORE_SPECTRE
/* All ones when v >= 0, without a branch that could be mispredicted. */
static inline u64 spectre_mask(s64 v)
{
	__asm__("" : "+r"(v));
	return ~(u64)(v >> 63);
}
#define WC_MASKED(index, size) ((index) & spectre_mask((s64)((u64)(size) - 1 - (u64)(index))))
#define BOUNDS_MASK(at, bytes) (at) &= spectre_mask((s64)(x->memory_size - (u64)(bytes) - (at)))
#else
#define WC_MASKED(index, size) (index)
#define BOUNDS_MASK(at, bytes) (void)0
#endif

/* The one place where addresses of linear memory are checked. */
#define BOUNDS(at, bytes) \
	do { \
		if (WC_UNLIKELY((at) + (bytes) > x->memory_size)) \
			TRAP(WASMCORE_TRAP_MEMORY); \
		BOUNDS_MASK(at, bytes); \
	} while (0)

#ifdef WASMCORE_NO_METERING		/* benchmarks only: what does it cost? */
#define PAY(price) (void)(price)
#define PAY_AND_JUMP(price, offset) JUMP(offset)
#else
#define BELOW_FLOOR() WC_UNLIKELY(fuel < __atomic_load_n(&x->floor, __ATOMIC_RELAXED))
#define PAY(price) \
	do { \
		fuel -= (price); \
		if (BELOW_FLOOR()) { \
			enum wasmcore_trap stop_ = stopped(x, ip, fuel); \
			if (stop_) \
				return stop_; \
		} \
	} while (0)

/* Branches leave even then with a jump, so that they have nothing to keep across a call. */
#define PAY_AND_JUMP(price, offset) \
	do { \
		fuel -= (price); \
		if (BELOW_FLOOR()) { \
			x->trap_ip = ip; \
			ip += (s32)(offset); \
			GO(STOPPED); \
		} \
		JUMP(offset); \
	} while (0)
#endif

#define TRAP(trap) return trapped(x, ip, fuel, trap)
#define JUMP(offset) NEXT((s32)(offset))
#define RESULT(n, value) do { acc = (u64)(value); fp[ip[n]] = acc; NEXT((n) + 1); } while (0)
#define RESULT_ACC(n, value) do { acc = (u64)(value); NEXT(n); } while (0)

#ifndef WASMCORE_SWITCH

#if defined(__clang__)
#define MUSTTAIL __attribute__((musttail))
#else
#define MUSTTAIL
#endif

/* The accumulator is the fourth, which on x86-64 is the register that counts shifts. */
#define UNUSED __attribute__((unused))
#define STATE \
	const u16 *ip UNUSED, u64 *fp UNUSED, u8 *mem UNUSED, u64 acc UNUSED, struct wc_machine *x UNUSED, s64 fuel UNUSED
#define OP(name) static enum wasmcore_trap op_##name(STATE)
#define NEXT(n) MUSTTAIL return handlers[ip[n]](ip + (n), fp, mem, acc, x, fuel)
#define GO(name) MUSTTAIL return op_##name(ip, fp, mem, acc, x, fuel)

typedef enum wasmcore_trap (*handler)(STATE);
static const handler handlers[WC_IR_COUNT];
OP(CALL_FOREIGN);
OP(STOPPED);

#include "wc_ops.h"

#define LIST_BINARY(n, ...) \
	op_##n##_SS, op_##n##_SS_A, op_##n##_SI, op_##n##_SI_A, op_##n##_AS, op_##n##_AS_A, \
	op_##n##_AI, op_##n##_AI_A, op_##n##_SA, op_##n##_SA_A,
#define LIST_BRANCH(n, ...) op_BR_##n##_SS, op_BR_##n##_SI, op_BR_##n##_AS, op_BR_##n##_AI,
#define LIST_UNARY(n, ...) op_##n##_S, op_##n##_S_A, op_##n##_A, op_##n##_A_A,
#define LIST_LOAD(n, ...) \
	op_##n##_S, op_##n##_S_A, op_##n##_A, op_##n##_A_A, op_##n##_SS, op_##n##_SS_A, op_##n##_AS, op_##n##_AS_A, \
	op_##n##_SI, op_##n##_SI_A,
#define LIST_STORE(n, ...) \
	op_##n##_SS, op_##n##_SI, op_##n##_SA, op_##n##_AS, op_##n##_AI, op_##n##_SUM_SS, op_##n##_SUM_SI, op_##n##_SUM_SA,
#define LIST_SHIFTED(n, ...) op_##n##_SS, op_##n##_SS_A, op_##n##_AS, op_##n##_AS_A, op_##n##_SA, op_##n##_SA_A,
#define LIST_ADD_BRANCH(n, ...) op_ADD_BR_##n##_S, op_ADD_BR_##n##_I,
#define LIST_OTHER(n) op_##n,

static const handler handlers[WC_IR_COUNT] = {
	WC_OTHER_OPS(LIST_OTHER)
	WC_UNARY_OPS(LIST_UNARY, LIST_UNARY)
	WC_LOAD_OPS(LIST_LOAD)
	WC_STORE_OPS(LIST_STORE)
	WC_SHIFTED_OPS(LIST_SHIFTED)
	WC_MASKED_OPS(LIST_UNARY)
	WC_ADD_BRANCH_OPS(LIST_ADD_BRANCH)
	WC_BINARY_OPS(LIST_BINARY, LIST_BINARY, LIST_BINARY)
	WC_BINARY_OPS(WC_IGNORE, LIST_BRANCH, WC_IGNORE)
};

enum wasmcore_trap wc_interpret(struct wc_machine *x, const u16 *ip, u64 *fp)
{
	return handlers[*ip](ip, fp, x->instance->memory->base, 0, x, x->fuel);
}

#else

#define OP(name) case WC_##name:
#define NEXT(n) do { ip += (n); goto next; } while (0)
#define GO(name) do { op = WC_##name; goto dispatch; } while (0)

enum wasmcore_trap wc_interpret(struct wc_machine *x, const u16 *ip, u64 *fp)
{
	u8 *mem = x->instance->memory->base;
	s64 fuel = x->fuel;
	u64 acc = 0;
	u16 op;

next:
	op = *ip;
dispatch:
	switch (op) {
#include "wc_ops.h"
	default:
		__builtin_unreachable();
	}
}

#endif

#ifdef WASMCORE_SOFTFLOAT
#define FLOATS "soft-float"
#else
#define FLOATS "hard-float"
#endif
#ifdef WASMCORE_SWITCH
#define DISPATCH "switch"
#else
#define DISPATCH "tail-call"
#endif
#ifdef WASMCORE_SPECTRE
#define MASKS ", masked indices"
#else
#define MASKS ""
#endif
#ifdef WASMCORE_NO_METERING
#define METERING ", no metering"
#else
#define METERING ""
#endif

const char *wasmcore_build_info(void)
{
	return FLOATS ", " DISPATCH MASKS METERING;
}
