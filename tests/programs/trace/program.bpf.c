// SPDX-License-Identifier: GPL-2.0
/* Tracepoints in each form that a section name can ask for. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

#define GETPGID_TAG 4194001 /* a process that no system has: only the test asks for it */

SEC("tracepoint/syscalls/sys_enter_getpgid")
int on_tracepoint(struct syscall_trace_enter *ctx)
{
	if (ctx->args[0] == GETPGID_TAG)
		SEND_ROW(ctx, "tracepoint");
	return 0;
}

SEC("tp/syscalls/sys_exit_getpgid")
int on_tp(struct syscall_trace_exit *ctx)
{
	if (ctx->ret == -3) /* ESRCH */
		SEND_ROW(ctx, "tp");
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int on_raw_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
	SEND_ROW(ctx, "raw_tracepoint");
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	SEND_ROW(ctx, "raw_tp");
	return 0;
}

/* The writable forms take only tracepoints that give them memory to write to. */
SEC("raw_tracepoint.w/bpf_test_finish")
int on_raw_tracepoint_w(void *ctx)
{
	SEND_ROW(ctx, "raw_tracepoint.w");
	return 0;
}

SEC("raw_tp.w/bpf_test_finish")
int on_raw_tp_w(void *ctx)
{
	SEND_ROW(ctx, "raw_tp.w");
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_tp_btf, struct task_struct *parent, struct task_struct *child)
{
	SEND_ROW(ctx, "tp_btf");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
