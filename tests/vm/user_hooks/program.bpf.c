// SPDX-License-Identifier: GPL-2.0
/* For tests/vm/checks.sh: calls of a function of libc, on entry and on return. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

enum hook {
	UPROBE,
	URETPROBE,
};

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum hook hook_raw;
};

GADGET_TRACER_MAP(events, 256 * 1024);
GADGET_TRACER(calls, events, event);

static __always_inline int send(void *ctx, enum hook hook)
{
	struct event *event;

	if (gadget_should_discard_data_current())
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->hook_raw = hook;
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

SEC("uprobe/libc:getenv")
int on_uprobe(struct pt_regs *ctx)
{
	return send(ctx, UPROBE);
}

SEC("uretprobe/libc:getenv")
int on_uretprobe(struct pt_regs *ctx)
{
	return send(ctx, URETPROBE);
}

char LICENSE[] SEC("license") = "GPL";
