/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Calls from the host, traps and their places, fuel and statistics.
 *
 * Frames: each call leaves one with the callee and where its caller goes on. A call from the host pushes a frame that
 * returns to an EXIT instruction. A call into another instance pushes two: one that remembers the caller's instance,
 * and on it the callee's, which returns to LEAVE_INSTANCE.
 */
#include "wc_ir.h"

static const u16 exit_code[1] = { WC_EXIT };

static enum wasmcore_trap call_host(struct wasmcore_function *f, u64 *slots)
{
	u64 none[1] = { 0 };

	return f->host(f->instance, slots ? slots : none, f->user);
}

static void remember_trap(struct wasmcore_instance *i, enum wasmcore_trap trap, bool began);

/* The stacks are used higher than ever before: is that allowed? */
static WC_COLD bool raise_marks(struct wc_machine *x, struct wc_frame *frame, u64 *fp, const struct wc_code *code)
{
	if (frame >= x->frame_end || fp > x->slot_end || (size_t)(x->slot_end - fp) < code->frame_slots)
		return false;
	if (frame > x->frame_mark)
		x->frame_mark = frame;
	if (fp + code->frame_slots > x->slot_mark)
		x->slot_mark = fp + code->frame_slots;
	return true;
}

#ifndef WASMCORE_NO_METERING
/* Pays for the first basic block: as PAY() in wc_interp.c. */
static inline enum wasmcore_trap pay_entry(struct wc_machine *x, const struct wc_code *code)
{
	x->fuel -= code->entry_cost;
	if (WC_LIKELY(x->fuel >= __atomic_load_n(&x->floor, __ATOMIC_RELAXED)))
		return WASMCORE_TRAP_NONE;
	x->trap_ip = code->code;
	if (x->fuel < 0) {
		x->fuel = 0;
		return WASMCORE_TRAP_FUEL;
	}
	return wc_attend(x);
}
#else
static inline enum wasmcore_trap pay_entry(struct wc_machine *x, const struct wc_code *code)
{
	(void)x;
	(void)code;
	return WASMCORE_TRAP_NONE;
}
#endif

/* Runs f, whose instance is the machine's, with its arguments and then its results at x->top. */
static inline enum wasmcore_trap run(struct wc_machine *x, const struct wc_code *code, const u64 *slots, u32 nargs)
{
	struct wc_frame *frame = x->frame + 1;
	u64 *fp = x->top;
	enum wasmcore_trap trap;
	u32 i, n = code->zero_slots;

	if (WC_UNLIKELY(frame > x->frame_mark || fp + code->frame_slots > x->slot_mark) &&
	    !raise_marks(x, frame, fp, code))
		return WASMCORE_TRAP_STACK;
	frame->ip = exit_code;
	frame->fp = fp;
	frame->code = code;
	x->frame = frame;
	for (i = 0; i < nargs; i++)
		fp[i] = slots[i];
	for (i = 0; i < n; i++)
		fp[nargs + i] = 0;
	trap = pay_entry(x, code);
	return trap ? trap : wc_interpret(x, code->code, fp);
}

enum wasmcore_trap wasmcore_call(struct wasmcore_function *f, u64 *slots, u32 nargs, u32 nresults)
{
	struct wasmcore_instance *i = f->instance, *before;
	struct wc_machine *x = &i->machine;
	struct wc_frame *frame = x->frame;
	u64 *top = x->top;
	enum wasmcore_trap trap;
	u32 n;

	if (nargs != f->type->param_slots || nresults != f->type->result_slots || i->state != WC_STATE_READY)
		return WASMCORE_TRAP_USAGE;
	if (WC_UNLIKELY(!f->code))
		return call_host(f, slots);
	if (WC_UNLIKELY(x->nesting >= x->max_nesting))
		return WASMCORE_TRAP_NESTING;
	before = x->instance;
	if (WC_UNLIKELY(before != i))
		wc_enter(x, i);
	else
		x->memory_size = i->memory->size;
	x->nesting++;
	i->calls++;
	trap = run(x, f->code, slots, nargs);
	if (WC_UNLIKELY(trap)) {
		remember_trap(i, trap, x->frame != frame);
	} else {
		for (n = 0; n < nresults; n++)
			slots[n] = top[n];
	}
	x->nesting--;
	x->frame = frame;
	x->top = top;
	if (WC_UNLIKELY(x->instance != before))
		wc_enter(x, before);
	return trap;
}

/* ---- traps ---- */

/* A walk over the frames, from the innermost to the call from the host. */
struct walk {
	const struct wc_machine *x;
	const struct wc_frame *frame;
	const struct wasmcore_instance *of;	/* whose code it is */
	const u16 *ip;			/* where the frame is; behind the call for all but the innermost */
};

static void begin_walk(struct walk *w, const struct wc_machine *x)
{
	w->x = x;
	w->frame = x->frame;
	w->of = x->instance;
	w->ip = x->trap_ip;
}

/* To the caller; false when that is the host. */
static bool walk_out(struct walk *w)
{
	if (*w->frame->ip == WC_EXIT)
		return false;
	w->ip = w->frame->ip;
	if (*w->ip == WC_LEAVE_INSTANCE) {
		w->frame--;
		w->of = w->frame->code;
		w->ip = w->frame->ip;
	}
	w->frame--;
	return w->frame > w->x->frames;
}

/* A call that did not begin has no frames. */
static void remember_trap(struct wasmcore_instance *i, enum wasmcore_trap trap, bool began)
{
	struct wasmcore_frame *f = i->backtrace, *end = f + sizeof(i->backtrace) / sizeof(i->backtrace[0]);
	struct walk w;
	u32 unit;

	i->traps++;
	i->last_trap = trap;
	begin_walk(&w, &i->machine);
	if (began && w.frame > i->machine.frames) {
		do {
			const struct wc_code *code = w.frame->code;

			unit = (u32)(w.ip - code->code);
			f->module = w.of->module;
			f->function = code->index;
			f->offset = wc_lines_find(code, f != i->backtrace && unit ? unit - 1 : unit);
		} while (++f < end && walk_out(&w));
	}
	i->nbacktrace = (u32)(f - i->backtrace);
}

bool wasmcore_current_frame(struct wasmcore_instance *i, u32 level, struct wasmcore_frame *out)
{
	struct walk w;

	begin_walk(&w, &i->machine);
	if (w.frame <= i->machine.frames)
		return false;
	while (level--) {
		if (!walk_out(&w))
			return false;
	}
	out->module = w.of->module;
	out->function = ((const struct wc_code *)w.frame->code)->index;
	out->offset = WC_NONE;
	return true;
}

void wasmcore_last_trap(struct wasmcore_instance *i, struct wasmcore_error *out)
{
	const char *name;
	struct wc_text t;
	u32 size = 0;

	memset(out, 0, sizeof(*out));
	out->trap = i->last_trap;
	out->status = i->last_trap ? WASMCORE_E_TRAP : WASMCORE_OK;
	out->offset = out->function = WC_NONE;
	wc_text_init(&t, out->message, sizeof(out->message));
	wc_text_add(&t, wasmcore_trap_text(i->last_trap));
	if (!i->last_trap || !i->nbacktrace)
		return;
	out->offset = i->backtrace[0].offset;
	out->function = i->backtrace[0].function;
	wc_text_add(&t, ", in function ");
	wc_text_u64(&t, out->function);
	name = wasmcore_function_name(i->backtrace[0].module, out->function, &size);
	if (name) {
		wc_text_add(&t, " (");
		wc_text_bytes(&t, name, size < 80 ? size : 80);
		wc_text_add(&t, ")");
	}
	wc_text_add(&t, " at ");
	wc_text_hex(&t, out->offset);
}

bool wasmcore_trap_frame(struct wasmcore_instance *i, u32 level, struct wasmcore_frame *out)
{
	if (!i->last_trap || level >= i->nbacktrace)
		return false;
	*out = i->backtrace[level];
	return true;
}

/* ---- fuel, interruption, statistics ---- */

void wasmcore_set_fuel(struct wasmcore_instance *i, u64 fuel)
{
	i->fuel_used += i->fuel_given - wasmcore_fuel(i);
	if (fuel > WASMCORE_FUEL_UNLIMITED)
		fuel = WASMCORE_FUEL_UNLIMITED;
	i->machine.fuel = (s64)fuel;
	i->fuel_given = fuel;
}

u64 wasmcore_fuel(const struct wasmcore_instance *i)
{
	return (u64)i->machine.fuel;
}

/* ---- requests from other threads and signal handlers ---- */

/*
 * The flag first, then the floor; wc_attend() lowers the floor first, then reads the flags. So a request is never
 * overlooked; at worst the guest stops once more for one that was seen already.
 */
static void request(struct wc_machine *x, bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_SEQ_CST);
	__atomic_store_n(&x->floor, INT64_MAX, __ATOMIC_SEQ_CST);
}

static bool take(bool *flag)
{
	if (!__atomic_load_n(flag, __ATOMIC_SEQ_CST))
		return false;
	__atomic_store_n(flag, false, __ATOMIC_SEQ_CST);
	return true;
}

enum wasmcore_trap wc_attend(struct wc_machine *x)
{
	u32 nesting = x->nesting;

	__atomic_store_n(&x->floor, 0, __ATOMIC_SEQ_CST);
	if (take(&x->interrupt_wanted))
		return WASMCORE_TRAP_INTERRUPTED;
	if (take(&x->sample_wanted) && x->sampler) {
		x->nesting = x->max_nesting;	/* calls would write into the frame of the guest that runs */
		x->sampler(x->sampler_user, (struct wasmcore_instance *)x);	/* whose first member it is */
		x->nesting = nesting;
	}
	return WASMCORE_TRAP_NONE;
}

void wasmcore_interrupt(struct wasmcore_instance *i)
{
	request(&i->machine, &i->machine.interrupt_wanted);
}

void wasmcore_clear_interrupt(struct wasmcore_instance *i)
{
	__atomic_store_n(&i->machine.interrupt_wanted, false, __ATOMIC_SEQ_CST);
}

void wasmcore_set_sampler(struct wasmcore_instance *i, wasmcore_sampler sampler, void *user)
{
	i->machine.sampler = sampler;
	i->machine.sampler_user = user;
}

void wasmcore_request_sample(struct wasmcore_instance *i)
{
	request(&i->machine, &i->machine.sample_wanted);
}

void wasmcore_instance_stats(const struct wasmcore_instance *i, struct wasmcore_stats *stats)
{
	const struct wc_machine *x = &i->machine;
	u32 n;

	memset(stats, 0, sizeof(*stats));
	stats->fuel_used = i->fuel_used + i->fuel_given - wasmcore_fuel(i);
	stats->calls = i->calls;
	stats->traps = i->traps;
	stats->peak_stack_slots = (u32)(x->slot_mark - x->slots);
	stats->peak_call_depth = (u32)(x->frame_mark - x->frames);
	stats->memory_pages = i->memory->pages;
	stats->peak_memory_pages = i->memory->peak_pages;
	stats->instance_bytes = i->pool.total + sizeof(*i);
	stats->reserved_bytes = stats->instance_bytes + i->own_memory.reserved + x->nslots * sizeof(u64) +
				(x->nframes + 1) * sizeof(*x->frames);
	for (n = 0; n < i->module->ntables - i->module->nimported_tables; n++)
		stats->reserved_bytes += i->own_tables[n].reserved;
}
