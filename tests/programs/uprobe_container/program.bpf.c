// SPDX-License-Identifier: GPL-2.0
/* Programs in files of containers: by path, by the name of a library, and at a USDT probe. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <gadget/usdt.h>

#include "../row.h"

#define FIRST 4194100 /* numbers that the test calls the functions with */
#define LAST 4194199

static __always_inline bool is_of_test(long number)
{
	return number >= FIRST && number <= LAST;
}

SEC("uprobe//bin/probe_me:probe_one")
int BPF_KPROBE(on_path, int number)
{
	if (is_of_test(number))
		SEND_ROW_VALUE(ctx, "uprobe in a container", number);
	return 0;
}

/* No cache of the linker there. */
SEC("uprobe/libc:getpgid")
int BPF_KPROBE(on_library, int number)
{
	if (is_of_test(number))
		SEND_ROW_VALUE(ctx, "uprobe of a library in a container", number);
	return 0;
}

SEC("usdt//bin/probe_static:probe_me:called")
int on_usdt(struct pt_regs *ctx)
{
	long number = gadget_usdt_arg(ctx, 0);

	if (is_of_test(number))
		SEND_ROW_VALUE(ctx, "usdt in a container", number);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
