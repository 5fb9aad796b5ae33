// SPDX-License-Identifier: GPL-2.0
/*
 * trace_mount: calls of mount() and umount2().
 *
 * Arguments are read at the exit of the call. Only its start time is remembered at the entry.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define FS_NAME_MAX 16
#define DATA_MAX 512
#define PATH_LENGTH_MAX 512

enum op {
	MOUNT,
	UMOUNT,
};

/* uapi/linux/mount.h */
enum mount_flags_set {
	MS_RDONLY = 1,
	MS_NOSUID = 2,
	MS_NODEV = 4,
	MS_NOEXEC = 8,
	MS_SYNCHRONOUS = 16,
	MS_REMOUNT = 32,
	MS_MANDLOCK = 64,
	MS_DIRSYNC = 128,
	MS_NOSYMFOLLOW = 256,
	MS_NOATIME = 1024,
	MS_NODIRATIME = 2048,
	MS_BIND = 4096,
	MS_MOVE = 8192,
	MS_REC = 16384,
	MS_SILENT = 32768,
	MS_POSIXACL = 1 << 16,
	MS_UNBINDABLE = 1 << 17,
	MS_PRIVATE = 1 << 18,
	MS_SLAVE = 1 << 19,
	MS_SHARED = 1 << 20,
	MS_RELATIME = 1 << 21,
	MS_KERNMOUNT = 1 << 22,
	MS_I_VERSION = 1 << 23,
	MS_STRICTATIME = 1 << 24,
	MS_LAZYTIME = 1 << 25,
};

/* include/linux/fs.h */
enum umount_flags_set {
	MNT_FORCE = 1,
	MNT_DETACH = 2,
	MNT_EXPIRE = 4,
	UMOUNT_NOFOLLOW = 8,
};

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	gadget_netns_id netns_id;
	gadget_errno error_raw;
	gadget_duration delta_raw;
	enum op op_raw;
	enum mount_flags_set flags_raw;          /* of a mount */
	enum umount_flags_set umount_flags_raw;  /* of an umount */
	char fs[FS_NAME_MAX];
	char src[PATH_LENGTH_MAX];
	char dest[PATH_LENGTH_MAX];
	char data[DATA_MAX];
};

GADGET_TRACER_MAP(events, 256 * 1024);
GADGET_TRACER(mount, events, event);

/* Start times of the calls under way, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} starts SEC(".maps");

static __always_inline int call_starts(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now;

	if (gadget_should_discard_data_current())
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&starts, &tid, &now, BPF_ANY);
	return 0;
}

static __always_inline void read_text(char *to, __u32 size, unsigned long from)
{
	to[0] = '\0';
	if (from != 0 && bpf_probe_read_user_str(to, size, (const void *)from) < 0)
		to[0] = '\0';
}

/* Nanoseconds since the call started; 0 when it is not wanted. */
static __always_inline __u64 call_ends(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&starts, &tid);
	__u64 delta;

	if (!start)
		return 0; /* filtered, or under way when tracing began */
	delta = bpf_ktime_get_ns() - *start;
	bpf_map_delete_elem(&starts, &tid);
	return delta | 1;
}

/* Everything but the arguments. */
static __always_inline void fill(struct event *event, struct syscall_trace_exit *ctx, enum op op, __u64 delta)
{
	struct task_struct___gadget *task = (void *)bpf_get_current_task_btf();

	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->netns_id = task->nsproxy->net_ns->ns.inum;
	event->error_raw = ctx->ret < 0 ? -ctx->ret : 0;
	event->delta_raw = delta;
	event->op_raw = op;
	event->flags_raw = 0;
	event->umount_flags_raw = 0;
	event->fs[0] = '\0';
	event->src[0] = '\0';
	event->data[0] = '\0';
}

SEC("tracepoint/syscalls/sys_enter_mount")
int ig_mount_e(struct syscall_trace_enter *ctx)
{
	return call_starts();
}

SEC("tracepoint/syscalls/sys_enter_umount")
int ig_umount_e(struct syscall_trace_enter *ctx)
{
	return call_starts();
}

SEC("tracepoint/syscalls/sys_exit_mount")
int ig_mount_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs = gadget_current_regs();
	__u64 delta = call_ends();
	struct event *event;

	if (delta == 0)
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	fill(event, ctx, MOUNT, delta);
	read_text(event->src, sizeof(event->src), gadget_regs_syscall_arg(regs, 1));
	read_text(event->dest, sizeof(event->dest), gadget_regs_syscall_arg(regs, 2));
	read_text(event->fs, sizeof(event->fs), gadget_regs_syscall_arg(regs, 3));
	event->flags_raw = gadget_regs_syscall_arg(regs, 4);
	read_text(event->data, sizeof(event->data), gadget_regs_syscall_arg(regs, 5));
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_umount")
int ig_umount_x(struct syscall_trace_exit *ctx)
{
	struct pt_regs *regs = gadget_current_regs();
	__u64 delta = call_ends();
	struct event *event;

	if (delta == 0)
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	fill(event, ctx, UMOUNT, delta);
	read_text(event->dest, sizeof(event->dest), gadget_regs_syscall_arg(regs, 1));
	event->umount_flags_raw = gadget_regs_syscall_arg(regs, 2);
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
