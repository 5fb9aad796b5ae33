/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events on their way to user space.
 *
 * A wake-up of the reader costs the traced process more than everything else an event needs, so events are submitted
 * without one: the reader looks into the ring at least every 100 ms, and is woken only when another eighth of the ring
 * has been written. Events that find the ring full are counted in `<map>_lost_samples`, which the runtime reports.
 *
 * Two ways to send an event:
 *
 *   event = gadget_reserve_buf(&events, sizeof(*event));     an event of fixed size, written in place
 *   if (!event)
 *           return 0;                                        the ring is full; it has been counted
 *   ...
 *   gadget_submit_buf(ctx, &events, event, sizeof(*event));
 *
 *   gadget_output_buf(ctx, &events, event, size);            an event built elsewhere, copied
 *
 * An event may be shorter than its struct: bytes that were not sent read as zero. Put a long text last in the struct and
 * send only as much of it as there is (see gadget_output_short), and it costs no ring space it does not use.
 */
#ifndef GADGET_BUFFER_H
#define GADGET_BUFFER_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <gadget/core_types.h>

/* Largest event a gadget should send. */
#ifndef GADGET_MAX_EVENT_SIZE
#define GADGET_MAX_EVENT_SIZE 10240
#endif

/* Bytes the kernel puts in front of each record of a ring buffer. */
#define GADGET_RING_HEADER_SIZE 8

/*
 * The counter of what was lost because `map` was full: for ring buffers not made by GADGET_TRACER_MAP, and for hash maps
 * read by GADGET_MAPITER. gadget_count_lost(&map) adds one.
 */
#define GADGET_LOST_SAMPLES(map)                      \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __u64);                 \
	} map##_lost_samples SEC(".maps");

/*
 * GADGET_TRACER_MAP(name, size): a ring buffer of `size` bytes (a power of two, a multiple of the page size) and its
 * counter of lost events.
 */
#define GADGET_TRACER_MAP(name, size)                             \
	struct {                                                  \
		__uint(type, BPF_MAP_TYPE_RINGBUF);               \
		__uint(max_entries, size);                        \
	} name SEC(".maps");                                      \
	const void *gadget_map_tracer_##name __attribute__((unused)); \
	GADGET_LOST_SAMPLES(name)

#define gadget_count_lost(map) gadget_count_lost_(map##_lost_samples)

static __always_inline void gadget_count_lost_(void *lost_samples)
{
	__u32 zero = 0;
	__u64 *lost = bpf_map_lookup_elem(lost_samples, &zero);

	if (lost)
		*lost += 1;
}

/*
 * BPF_RB_* flags for a record of `size` bytes that ends at (or, when `pending`, starts at) the producer position: a
 * wake-up when the record crosses the border between two eighths of the ring, none otherwise. Reading max_entries out of
 * the map keeps this right when the size of the ring is changed at load time.
 */
static __always_inline __u64 gadget_ring_flags_(void *ring, __u64 size, bool pending)
{
	__u64 step = ((struct bpf_map___gadget *)ring)->max_entries >> 3;
	__u64 at = bpf_ringbuf_query(ring, BPF_RB_PROD_POS) & (step - 1);
	bool crosses = pending ? at + size + GADGET_RING_HEADER_SIZE >= step : at < size + GADGET_RING_HEADER_SIZE;

	return crosses ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#ifndef GADGET_NO_BUF_RESERVE

/*
 * gadget_reserve_buf(&map, size): room for an event in the ring, or NULL when there is none (counted). `size` must be a
 * compile-time constant. The memory is not zeroed. Every reserved event must be submitted or discarded.
 */
#define gadget_reserve_buf(map, size) gadget_reserve_buf_(map, map##_lost_samples, size)

static __always_inline void *gadget_reserve_buf_(void *ring, void *lost_samples, __u64 size)
{
	void *event = bpf_ringbuf_reserve(ring, size, 0);

	if (!event)
		gadget_count_lost_(lost_samples);
	return event;
}

/* Gives a reserved event back: it is never seen by user space. */
static __always_inline void gadget_discard_buf(void *event)
{
	bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
}

/* Hands a reserved event over to user space. `size` is the size it was reserved with. */
static __always_inline long gadget_submit_buf(void *ctx, void *ring, void *event, __u64 size)
{
	bpf_ringbuf_submit(event, gadget_ring_flags_(ring, size, false));
	return 0;
}

#endif /* GADGET_NO_BUF_RESERVE */

/*
 * gadget_output_buf(ctx, &map, event, size): copies `size` bytes, which need not be a constant, into the ring. Returns 0,
 * or a negative error when the ring is full (counted).
 */
#define gadget_output_buf(ctx, map, event, size) gadget_output_buf_(ctx, map, map##_lost_samples, event, size)

static __always_inline long gadget_output_buf_(void *ctx, void *ring, void *lost_samples, void *event, __u64 size)
{
	long error = bpf_ringbuf_output(ring, event, size, gadget_ring_flags_(ring, size, true));

	if (error)
		gadget_count_lost_(lost_samples);
	return error;
}

/* min(value, limit) in a form that every verifier understands as a bound on value. limit is a constant below 2^31. */
#define gadget_bounded(value, limit)                                              \
	({                                                                        \
		__u64 bounded_ = (value);                                         \
		asm volatile("if %[v] <= %[l] goto +1\n\t%[v] = %[l]"             \
			     : [v] "+r"(bounded_)                                 \
			     : [l] "i"(limit));                                   \
		bounded_;                                                         \
	})

/*
 * gadget_output_short(ctx, &map, event, member, used): sends the event only up to `used` bytes into `member`, which is
 * usually its last one: a char array. `used` counts the terminating NUL, so the result of bpf_probe_read_user_str() can
 * be given as it is; a negative result sends no byte of the member.
 *
 * `event` cannot be on the eBPF stack before Linux 6.3 unless all of it has been written; use GADGET_SCRATCH.
 */
#define gadget_output_short(ctx, map, event, member, used)                                            \
	({                                                                                            \
		__s64 used_ = (used);                                                                 \
		__u64 length_ = used_ < 0 ? 0 : gadget_bounded(used_, sizeof((event)->member));       \
		gadget_output_buf(ctx, map, event, __builtin_offsetof(typeof(*(event)), member) + length_); \
	})

/*
 * GADGET_SCRATCH(name, struct event): memory for one event per CPU, for events that are too big for the stack (512
 * bytes). gadget_scratch(&name) returns a pointer to it, or NULL (which never happens, but the verifier asks). It is not
 * zeroed between uses: write every byte you send. Programs attached to tracepoints, raw tracepoints and perf events have
 * it for themselves until they return; kprobes, uprobes and fentry programs may be preempted and need a key of their own.
 */
#define GADGET_SCRATCH(name, ...)                     \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __VA_ARGS__);           \
	} name SEC(".maps")

#define gadget_scratch(map)                                              \
	({                                                               \
		__u32 zero_ = 0;                                         \
		(typeof(*(map)->value) *)bpf_map_lookup_elem(map, &zero_); \
	})

#endif /* GADGET_BUFFER_H */
