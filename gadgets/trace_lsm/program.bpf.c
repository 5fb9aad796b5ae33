// SPDX-License-Identifier: GPL-2.0
/*
 * trace_lsm: the security hooks that processes pass. One program for each hook; those that nobody asked for are not
 * loaded (wasm/program.cpp), so a hook costs nothing unless it is traced.
 *
 * The programs only look: 0 lets the other security modules decide.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define HOOK(name) name,
enum lsm_tracepoint {
#include "hooks.h"
};
#undef HOOK

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum lsm_tracepoint tracepoint_raw;
};

GADGET_TRACER_MAP(events, 1024 * 256);
GADGET_TRACER(lsm, events, event);

static __noinline int send_event(void *ctx, enum lsm_tracepoint hook)
{
	struct event *event;

	if (gadget_should_discard_data_current())
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->tracepoint_raw = hook;
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

#define HOOK(name)                 \
	SEC("lsm/" #name)              \
	int ig_##name(void *ctx)       \
	{                              \
		send_event(ctx, name); \
		return 0;              \
	}
#include "hooks.h"

char LICENSE[] SEC("license") = "GPL";
