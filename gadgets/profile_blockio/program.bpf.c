// SPDX-License-Identifier: GPL-2.0
/*
 * profile_blockio: how long block devices take to answer, as a histogram.
 *
 * A request counts from when it is issued to the device until it completes; with the parameter `queued`, from when it
 * enters the queue of the I/O scheduler, if it does.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/bits.bpf.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/types.h>

#define SLOTS 27 /* the last one takes everything from 2^25 on */
#define MAX_ENTRIES 10240

struct hist_key {
	__u32 unused; /* one histogram for all devices */
};

struct hist_value {
	gadget_histogram_slot__u32 latency[SLOTS]; /* slot i: 2^(i-1) to 2^i microseconds */
};

const volatile bool targ_queued = false;
GADGET_PARAM(targ_queued);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hist_key);
	__type(value, struct hist_value);
} hists SEC(".maps");

GADGET_MAPITER(blockio, hists);

/* Start times of the requests under way. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, __u64);
	__type(value, __u64);
} starts SEC(".maps");

static const struct hist_value empty_hist = {};

static __always_inline int request_starts(__u64 request, __u64 flags)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &request, &now, flags);
	return 0;
}

SEC("raw_tp/block_rq_insert")
int ig_block_rq_insert(struct bpf_raw_tracepoint_args *ctx)
{
	return targ_queued ? request_starts(ctx->args[0], BPF_ANY) : 0;
}

SEC("raw_tp/block_rq_issue")
int ig_block_rq_issue(struct bpf_raw_tracepoint_args *ctx)
{
	/* keeps the time of block_rq_insert, if there is one */
	return request_starts(ctx->args[0], targ_queued ? BPF_NOEXIST : BPF_ANY);
}

SEC("raw_tp/block_rq_complete")
int ig_block_rq_complete(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 request = ctx->args[0], now = bpf_ktime_get_ns(), slot;
	__u64 *start = bpf_map_lookup_elem(&starts, &request);
	struct hist_key key = {};
	struct hist_value *hist;

	if (!start)
		return 0;
	slot = get_slot_idx((now - *start) / 1000);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	hist = bpf_map_lookup_or_try_init(&hists, &key, &empty_hist);
	if (hist)
		__sync_fetch_and_add(&hist->latency[slot], 1);
	bpf_map_delete_elem(&starts, &request);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
