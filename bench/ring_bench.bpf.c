// SPDX-License-Identifier: GPL-2.0
// Fills a ring buffer with 152-byte events, the size of a typical one, when the benchmark runs it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 words[19];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} events SEC(".maps");

static long emit_one(__u32 index, void *unused)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 1;
	event->words[0] = index;
	event->words[18] = index;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("raw_tp/emit")
int emit(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_loop((__u32)ctx->args[0], emit_one, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
