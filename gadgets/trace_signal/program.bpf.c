// SPDX-License-Identifier: GPL-2.0
/*
 * trace_signal: signals being sent.
 *
 * The tracepoint signal_generate sees every signal, whoever sends it. What it does not see are calls of the kill family
 * that fail, and those with signal 0, which only ask whether a process exists: these come from the exits of the system
 * calls. So each signal is one event. With kill_only, everything comes from the system calls.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	__s32 tpid; /* target: as given to the system call, or the thread that was chosen */
	gadget_signal sig_raw;
	gadget_errno error_raw;
};

const volatile bool failed_only = false;
GADGET_PARAM(failed_only);

const volatile bool kill_only = false;
GADGET_PARAM(kill_only);

const volatile __u32 target_signal = 0; /* 0: any */
GADGET_PARAM(target_signal);

GADGET_TRACER_MAP(events, 256 * 1024);
GADGET_TRACER(signal, events, event);

static __always_inline int send(void *ctx, __u32 target, __u32 signal, __u32 error)
{
	struct event *event;

	if ((target_signal != 0 && signal != target_signal) || gadget_should_discard_data_current())
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->tpid = target;
	event->sig_raw = signal;
	event->error_raw = error;
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

static __always_inline int call_done(struct syscall_trace_exit *ctx, __u32 target, __u32 signal)
{
	long result = ctx->ret;

	if (failed_only && result >= 0)
		return 0;
	if (!kill_only && result >= 0 && signal != 0)
		return 0; /* signal_generate has seen it */
	return send(ctx, target, signal, result < 0 ? -result : 0);
}

SEC("tracepoint/syscalls/sys_exit_kill")
int ig_kill_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs = gadget_current_regs();

	return call_done(ctx, gadget_regs_syscall_arg(regs, 1), gadget_regs_syscall_arg(regs, 2));
}

SEC("tracepoint/syscalls/sys_exit_tkill")
int ig_tkill_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs = gadget_current_regs();

	return call_done(ctx, gadget_regs_syscall_arg(regs, 1), gadget_regs_syscall_arg(regs, 2));
}

SEC("tracepoint/syscalls/sys_exit_tgkill")
int ig_tgkill_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs = gadget_current_regs();

	return call_done(ctx, gadget_regs_syscall_arg(regs, 2), gadget_regs_syscall_arg(regs, 3));
}

SEC("tracepoint/signal/signal_generate")
int ig_sig_generate(struct trace_event_raw_signal_generate *ctx)
{
	if (kill_only || failed_only)
		return 0;
	return send(ctx, ctx->pid, ctx->sig, 0);
}

char LICENSE[] SEC("license") = "GPL";
