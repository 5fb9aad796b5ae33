// SPDX-License-Identifier: GPL-2.0
/* Programs in functions and probes of user processes. Where they are attached is told by the test: --attach. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <gadget/usdt.h>

#include "../row.h"

#define NUMBER 4194001 /* what the test calls the functions with */

SEC("uprobe/set:by_test")
int BPF_KPROBE(on_uprobe, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe", number);
	return 0;
}

SEC("uprobe.s/set:by_test")
int BPF_KPROBE(on_uprobe_s, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe.s", number);
	return 0;
}

SEC("uretprobe/set:by_test")
int BPF_KRETPROBE(on_uretprobe, int result)
{
	SEND_ROW_VALUE(ctx, "uretprobe", result);
	return 0;
}

SEC("uretprobe.s/set:by_test")
int BPF_KRETPROBE(on_uretprobe_s, int result)
{
	SEND_ROW_VALUE(ctx, "uretprobe.s", result);
	return 0;
}

SEC("uprobe.multi/set:by_test")
int BPF_KPROBE(on_uprobe_multi, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe.multi", number);
	return 0;
}

SEC("uretprobe.multi/set:by_test")
int BPF_KRETPROBE(on_uretprobe_multi, int result)
{
	SEND_ROW_VALUE(ctx, "uretprobe.multi", result);
	return 0;
}

SEC("uprobe.multi.s/set:by_test")
int BPF_KPROBE(on_uprobe_multi_s, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe.multi.s", number);
	return 0;
}

SEC("uretprobe.multi.s/set:by_test")
int BPF_KRETPROBE(on_uretprobe_multi_s, int result)
{
	SEND_ROW_VALUE(ctx, "uretprobe.multi.s", result);
	return 0;
}

SEC("uprobe.session/set:by_test")
int BPF_KPROBE(on_uprobe_session, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe.session", number);
	return 0;
}

SEC("uprobe.session.s/set:by_test")
int BPF_KPROBE(on_uprobe_session_s, int number)
{
	SEND_ROW_VALUE(ctx, "uprobe.session.s", number);
	return 0;
}

SEC("usdt/set:by:test")
int on_usdt(struct pt_regs *ctx)
{
	if (gadget_usdt_arg_count(ctx) == 2 && gadget_usdt_arg(ctx, 1) == gadget_usdt_arg(ctx, 0) << 33)
		SEND_ROW_VALUE(ctx, "usdt", gadget_usdt_arg(ctx, 0));
	return 0;
}

SEC("usdt.s/set:by:test")
int on_usdt_s(struct pt_regs *ctx)
{
	SEND_ROW_VALUE(ctx, "usdt.s", gadget_usdt_arg(ctx, 0));
	return 0;
}

/* A function of a library, in every process: only the test calls it with that number. */
SEC("uprobe/libc:getpgid")
int BPF_KPROBE(on_uprobe_library, int number)
{
	if (number == NUMBER)
		SEND_ROW_VALUE(ctx, "uprobe of a library", number);
	return 0;
}

/* Go passes arguments in registers of its own: only that it was called counts. */
SEC("uprobe/set:by_test")
int on_uprobe_go(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "uprobe in Go");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
