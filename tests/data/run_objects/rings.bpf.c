// SPDX-License-Identifier: GPL-2.0
// Fills a ring buffer and a perf event array on demand: the test runs the programs with BPF_PROG_TEST_RUN.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 sequence;
	__u64 words[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} events_lost_samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 128);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct work {
	void *ctx;
	__u64 first;
	__u64 discard;
};

static long emit_one(__u32 index, struct work *work)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u32 zero = 0;

	if (!event) {
		__u64 *lost = bpf_map_lookup_elem(&events_lost_samples, &zero);
		if (lost)
			(*lost)++;
		return 0;
	}
	event->sequence = work->first + index;
	event->words[0] = ~event->sequence;
	event->words[1] = 7;
	if (work->discard && event->sequence % work->discard == 0)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
	return 0;
}

// args: number of events, first sequence number, every how-many-th is discarded (0: none). Counts what did not fit.
SEC("raw_tp/emit")
int emit(struct bpf_raw_tracepoint_args *ctx)
{
	struct work work = { ctx, ctx->args[1], ctx->args[2] };

	bpf_loop((__u32)ctx->args[0], emit_one, &work, 0);
	return 0;
}

// args: size of the event in bytes (1 to 4095), its first byte.
SEC("raw_tp/emit_sized")
int emit_sized(struct bpf_raw_tracepoint_args *ctx)
{
	static char bytes[4096];
	__u64 size = ctx->args[0] & 4095;

	bytes[0] = (char)ctx->args[1];
	return (int)bpf_ringbuf_output(&events, bytes, size, 0);
}

static long spin(__u32 index, __u64 *sum)
{
	*sum += index;
	return 0;
}

static long spin_long(__u32 index, __u64 *sum)
{
	bpf_loop(1 << 23, spin, sum, 0);
	return 0;
}

// Holds a reserved record for a while before it is submitted. args: rounds of some ten milliseconds, sequence number.
SEC("raw_tp/emit_slowly")
int emit_slowly(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 rounds = ctx->args[0], sum = 0;
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 1;
	bpf_loop((__u32)rounds, spin_long, &sum, 0);
	event->sequence = ctx->args[1];
	event->words[0] = ~event->sequence;
	event->words[1] = sum;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static long emit_one_perf(__u32 index, struct work *work)
{
	struct event event = { work->first + index, { ~(work->first + index), 7 } };

	bpf_perf_event_output(work->ctx, &perf_events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

// args: number of events, first sequence number.
SEC("raw_tp/emit_perf")
int emit_perf(struct bpf_raw_tracepoint_args *ctx)
{
	struct work work = { ctx, ctx->args[1], 0 };

	bpf_loop((__u32)ctx->args[0], emit_one_perf, &work, 0);
	return 0;
}

SEC("raw_tp/take_stack")
int take_stack(struct bpf_raw_tracepoint_args *ctx)
{
	return (int)bpf_get_stackid(ctx, &stacks, 0);
}

char LICENSE[] SEC("license") = "GPL";
