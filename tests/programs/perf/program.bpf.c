// SPDX-License-Identifier: GPL-2.0
/* Samples of the software's and the processor's events. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

SEC("perf_event/on_clock")
int on_clock(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event");
	return 0;
}

SEC("perf_event/on_faults")
int on_faults(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event (period)");
	return 0;
}

SEC("perf_event/on_hardware")
int on_hardware(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event (hardware)");
	return 0;
}

SEC("perf_event/on_cache")
int on_cache(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event (cache)");
	return 0;
}

SEC("perf_event/on_raw")
int on_raw(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event (raw)");
	return 0;
}

SEC("perf_event/on_either")
int on_either(struct bpf_perf_event_data *ctx)
{
	SEND_ROW(ctx, "perf_event (alternatives)");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
