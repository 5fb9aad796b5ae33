// SPDX-License-Identifier: GPL-2.0
// A tracer whose map does not exist.
#include "test_types.h"

struct event {
	__u32 pid;
};

GADGET_TRACER(lost, no_such_map, event);

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
