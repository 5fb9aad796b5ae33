// SPDX-License-Identifier: GPL-2.0
/*
 * trace_open: files being opened.
 *
 * Only the exits of the system calls are traced. The arguments are still in the task's registers then, the file name has
 * been read by the kernel itself and so is in memory, and there is no state to keep from entry to exit: half the probes,
 * no map.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filesystem.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>
#include <gadget/user_stack_map.h>

/* From the kernel's uapi/asm-generic/fcntl.h; the same on amd64 and arm64. */
#define O_WRONLY 00000001
#define O_CREAT 00000100
#define O_TRUNC 00001000
#define O_TMPFILE_BIT 020000000

/* Ends where the last wanted text ends: after fname, unless a stack or a full path is collected. */
struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	gadget_errno error_raw;
	__u32 fd;
	gadget_file_flags flags_raw;
	gadget_file_mode mode_raw;
	char fname[GADGET_PATH_MAX];
	struct gadget_user_stack ustack;
	char fpath[GADGET_PATH_MAX];
};

const volatile bool targ_failed = false;
GADGET_PARAM(targ_failed);

const volatile bool paths = false;
GADGET_PARAM(paths);

GADGET_TRACER_MAP(events, 2 * 1024 * 1024);
GADGET_TRACER(open, events, event);

GADGET_SCRATCH(scratch, struct event);

static __always_inline int send_event(struct syscall_trace_exit *ctx, const char *name, __u64 flags, __u64 mode)
{
	long result = ctx->ret;
	struct event *event = gadget_scratch(&scratch);
	long length;

	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->error_raw = result < 0 ? -result : 0;
	event->fd = result < 0 ? 0 : result;
	event->flags_raw = flags;
	event->mode_raw = flags & (O_CREAT | O_TMPFILE_BIT) ? mode : 0; /* garbage otherwise */

	length = bpf_probe_read_user_str(event->fname, sizeof(event->fname), name);
	if (!paths && !collect_ustack)
		return gadget_output_short(ctx, &events, event, fname, length), 0;

	if (length < 0)
		event->fname[0] = '\0';
	gadget_get_user_stack_from_tracepoint(ctx, &event->ustack);
	length = paths && result >= 0 ? read_full_path_of_open_file_fd(result, event->fpath, sizeof(event->fpath)) : 0;
	gadget_output_short(ctx, &events, event, fpath, length);
	return 0;
}

static __always_inline bool is_wanted(struct syscall_trace_exit *ctx)
{
	return !(targ_failed && ctx->ret >= 0) && !gadget_should_discard_data_current();
}

SEC("tracepoint/syscalls/sys_exit_openat")
int ig_openat_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs;

	if (!is_wanted(ctx))
		return 0;
	regs = gadget_current_regs();
	return send_event(ctx, (const char *)gadget_regs_syscall_arg(regs, 2), gadget_regs_syscall_arg(regs, 3),
			  gadget_regs_syscall_arg(regs, 4));
}

SEC("tracepoint/syscalls/sys_exit_openat2")
int ig_openat2_x(struct syscall_trace_exit *ctx)
{
	struct open_how how = {};
	struct pt_regs *regs;

	if (!is_wanted(ctx))
		return 0;
	regs = gadget_current_regs();
	bpf_probe_read_user(&how, sizeof(how), (const void *)gadget_regs_syscall_arg(regs, 3));
	return send_event(ctx, (const char *)gadget_regs_syscall_arg(regs, 2), how.flags, how.mode);
}

/* arm64 never had these two. */
#ifdef __TARGET_ARCH_x86
SEC("tracepoint/syscalls/sys_exit_open")
int ig_open_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs;

	if (!is_wanted(ctx))
		return 0;
	regs = gadget_current_regs();
	return send_event(ctx, (const char *)gadget_regs_syscall_arg(regs, 1), gadget_regs_syscall_arg(regs, 2),
			  gadget_regs_syscall_arg(regs, 3));
}

SEC("tracepoint/syscalls/sys_exit_creat")
int ig_creat_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs;

	if (!is_wanted(ctx))
		return 0;
	regs = gadget_current_regs();
	return send_event(ctx, (const char *)gadget_regs_syscall_arg(regs, 1), O_CREAT | O_WRONLY | O_TRUNC,
			  gadget_regs_syscall_arg(regs, 2));
}
#endif

char LICENSE[] SEC("license") = "GPL";
