// SPDX-License-Identifier: GPL-2.0
/*
 * trace_exec: programs being executed.
 *
 * A successful execution is seen at the tracepoint sched_process_exec, where the new program's arguments already stand in
 * its memory, one after the other: they are read in one piece. A failed one is seen at the exit of the system call, whose
 * arguments are still in the registers. Neither needs state from the entry of the call.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filesystem.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define OVERLAYFS_SUPER_MAGIC 0x794c7630 /* uapi/linux/magic.h */

#define ARGS_MAX 4096  /* bytes of all arguments, with a NUL each; a power of two */
#define ARG_MAX 256    /* bytes of one argument of an execution that failed */
#define ARGS_COUNT_MAX 64 /* arguments of an execution that failed */

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	gadget_uid loginuid;
	__u32 sessionid;
	gadget_errno error_raw;
	__u32 args_count;
	__u32 args_size; /* bytes in args */
	__u32 tty;       /* device number, as tty_nr in /proc/PID/stat */
	__u32 dev_major; /* of the executable that runs after the call */
	__u32 dev_minor;
	__u64 inode;
	bool upper_layer;  /* exepath is in the upper layer of an overlay file system */
	bool fupper_layer; /* the same of file */
	bool pupper_layer; /* the same of parent_exepath */
	char args_raw[ARGS_MAX]; /* a NUL behind each; the module makes args and argv of it */
	char cwd[GADGET_PATH_MAX];
	char exepath[GADGET_PATH_MAX];
	char parent_exepath[GADGET_PATH_MAX];
	char file[GADGET_PATH_MAX];
};

const volatile bool ignore_failed = true;
GADGET_PARAM(ignore_failed);

const volatile bool paths = false;
GADGET_PARAM(paths);

GADGET_TRACER_MAP(events, 1024 * 1024);
GADGET_TRACER(exec, events, event);

GADGET_SCRATCH(scratch, struct event);

struct linux_binprm___exec {
	int argc;
	const char *filename;
	const char *interp;
	struct file___gadget *file;
} __attribute__((preserve_access_index));

/*
 * Whether a file lies in the upper layer of an overlay file system: written after the image was made. struct ovl_inode is
 * private to the overlay module; the pointer to the upper dentry stands right behind the inode in it.
 */
static __always_inline bool is_in_upper_layer(struct inode___gadget *inode)
{
	void *upper = NULL;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return false;
	bpf_probe_read_kernel(&upper, sizeof(upper), (char *)inode + bpf_core_type_size(struct inode));
	return upper != NULL;
}

static __always_inline __u32 tty_of(struct task_struct___gadget *task)
{
	struct tty_struct___gadget *tty = BPF_CORE_READ(task, signal, tty);
	__u32 major, minor;

	if (!tty)
		return 0;
	major = BPF_CORE_READ(tty, driver, major);
	minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

/* Everything but the arguments, `file` and the error. */
static __always_inline void fill(struct event *event, struct task_struct *current)
{
	struct task_struct___gadget *task = (void *)current;
	struct file___gadget *exe = BPF_CORE_READ(task, mm, exe_file);
	struct file___gadget *parent_exe = BPF_CORE_READ(task, real_parent, mm, exe_file);
	struct inode___gadget *inode = BPF_CORE_READ(exe, f_inode);
	dev_t device = BPF_CORE_READ(inode, i_sb, s_dev);

	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate_from_task(&event->proc, current);
	event->loginuid = GADGET_INVALID_ID;
	event->sessionid = GADGET_INVALID_ID;
	if (bpf_core_field_exists(task->loginuid)) {
		event->loginuid = BPF_CORE_READ(task, loginuid.val);
		event->sessionid = BPF_CORE_READ(task, sessionid);
	}
	event->tty = tty_of(task);
	event->dev_major = device >> 20;
	event->dev_minor = device & ((1u << 20) - 1);
	event->inode = BPF_CORE_READ(inode, i_ino);
	event->upper_layer = is_in_upper_layer(inode);
	event->pupper_layer = is_in_upper_layer(BPF_CORE_READ(parent_exe, f_inode));
	if (!paths)
		return;

	struct fs_struct___gadget *fs = BPF_CORE_READ(task, fs);
	const char *text = get_path_str((struct path *)__builtin_preserve_access_index(&fs->pwd));

	event->cwd[0] = '\0';
	if (text)
		bpf_probe_read_kernel_str(event->cwd, sizeof(event->cwd), text);
	if (gadget_read_file_path((struct file *)exe, event->exepath, sizeof(event->exepath)) < 0)
		event->exepath[0] = '\0';
	if (gadget_read_file_path((struct file *)parent_exe, event->parent_exepath, sizeof(event->parent_exepath)) <
	    0)
		event->parent_exepath[0] = '\0';
}

static __always_inline void send(void *ctx, struct event *event)
{
	if (paths)
		gadget_output_short(ctx, &events, event, file, GADGET_PATH_MAX);
	else
		gadget_output_short(ctx, &events, event, args_raw, event->args_size);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(ig_sched_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct linux_binprm___exec *binprm = (void *)bprm;
	struct mm_struct___gadget *mm = ((struct task_struct___gadget *)task)->mm;
	unsigned long start, end;
	struct event *event;
	__u32 size;

	if (gadget_should_discard_data_current())
		return 0;
	event = gadget_scratch(&scratch);
	if (!event)
		return 0;

	fill(event, task);
	event->error_raw = 0;
	event->args_count = binprm->argc;
	start = mm->arg_start;
	end = mm->arg_end;
	size = gadget_bounded(end - start, ARGS_MAX);
	if (bpf_probe_read_user(event->args_raw, size, (const void *)start) != 0)
		size = 0;
	event->args_size = size;

	/* A script: its interpreter was executed, bprm->filename is what was asked for. */
	const char *asked = binprm->filename;

	event->fupper_layer = is_in_upper_layer(binprm->file->f_inode);
	if (paths) {
		if (asked != binprm->interp)
			bpf_probe_read_kernel_str(event->file, sizeof(event->file), asked);
		else if (gadget_read_file_path((struct file *)binprm->file, event->file,
						    sizeof(event->file)) < 0)
			event->file[0] = '\0';
	}
	send(ctx, event);
	return 0;
}

/* Reading the arguments of an execution that failed, one after the other. */
struct args_reader {
	struct event *event;
	const char *const *argv;
	__u32 size;
	__u32 count;
};

static long read_arg(__u32 index, void *context)
{
	struct args_reader *reader = context;
	__u32 size = reader->size;
	const char *arg = NULL;
	long length;

	if (bpf_probe_read_user(&arg, sizeof(arg), &reader->argv[index]) != 0 || !arg || size > ARGS_MAX - ARG_MAX)
		return 1;
	length = bpf_probe_read_user_str(&reader->event->args_raw[size & (ARGS_MAX - 1)], ARG_MAX, arg);
	if (length <= 0)
		return 1;
	reader->size = size + length;
	reader->count++;
	return 0;
}

static __always_inline int exec_failed(struct syscall_trace_exit *ctx, const char *name, const char *const *argv)
{
	struct args_reader reader = {.argv = argv};
	struct event *event;

	if (gadget_should_discard_data_current())
		return 0;
	event = gadget_scratch(&scratch);
	if (!event)
		return 0;

	fill(event, bpf_get_current_task_btf());
	event->error_raw = -ctx->ret;
	event->fupper_layer = false;
	reader.event = event;
	bpf_loop(ARGS_COUNT_MAX, read_arg, &reader, 0);
	event->args_count = reader.count;
	event->args_size = reader.size;
	if (paths && bpf_probe_read_user_str(event->file, sizeof(event->file), name) < 0)
		event->file[0] = '\0';
	send(ctx, event);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_execve")
int ig_execve_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs;

	if (ignore_failed || ctx->ret >= 0)
		return 0;
	regs = gadget_current_regs();
	return exec_failed(ctx, (const char *)gadget_regs_syscall_arg(regs, 1),
			   (const char *const *)gadget_regs_syscall_arg(regs, 2));
}

SEC("tracepoint/syscalls/sys_exit_execveat")
int ig_execveat_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs;

	if (ignore_failed || ctx->ret >= 0)
		return 0;
	regs = gadget_current_regs();
	return exec_failed(ctx, (const char *)gadget_regs_syscall_arg(regs, 2),
			   (const char *const *)gadget_regs_syscall_arg(regs, 3));
}

char LICENSE[] SEC("license") = "GPL";
