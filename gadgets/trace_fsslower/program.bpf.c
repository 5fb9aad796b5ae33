// SPDX-License-Identifier: GPL-2.0
/*
 * trace_fsslower: reads, writes, opens, syncs and stats of a file system that took long.
 *
 * The functions of the file system are the targets; wasm/program.cpp sets them. Each operation has four programs: fentry and
 * fexit, and where the kernel has none of these a kprobe and a kretprobe.
 */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_types.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define MAX_CALLS 8192
#define NAME_LENGTH 256 /* of the longest name in Linux, with its NUL */
#define US 1000ULL

enum fsslower_op { read, write, open, fsync, statfs };

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum fsslower_op op_raw;
	__u64 delta_us;
	__s64 offset;
	__u64 size;
	char file[NAME_LENGTH];
};

const volatile __u64 min_us = 10000;
GADGET_PARAM(min_us);

GADGET_TRACER_MAP(events, 1024 * 256);
GADGET_TRACER(fsslower, events, event);

struct call {
	__u64 start;
	__s64 offset;
	__u64 size;
	const struct dentry *dentry;
};

/* One call of a thread at a time: file systems that call themselves count once, from the innermost. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CALLS);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int begin(const struct dentry *dentry, __s64 offset, __u64 size)
{
	struct call call = {};
	__u32 tid = bpf_get_current_pid_tgid();

	if (gadget_should_discard_data_current())
		return 0;
	call.start = bpf_ktime_get_ns();
	call.dentry = dentry;
	call.offset = offset;
	call.size = size;
	bpf_map_update_elem(&calls, &tid, &call, BPF_ANY);
	return 0;
}

static __always_inline int end(void *ctx, enum fsslower_op op, long result)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tid);
	const struct dentry *dentry;
	struct event *event;
	__u64 delta;

	if (!call)
		return 0;
	dentry = call->dentry;
	delta = (bpf_ktime_get_ns() - call->start) / US;
	if (delta >= min_us) {
		event = gadget_reserve_buf(&events, sizeof(*event));
		if (event) {
			event->timestamp_raw = bpf_ktime_get_boot_ns();
			gadget_process_populate(&event->proc);
			event->op_raw = op;
			event->delta_us = delta;
			event->offset = call->offset;
			/* reads and writes: what was moved */
			event->size = op <= write ? (result > 0 ? result : 0) : call->size;
			event->file[0] = '\0';
			bpf_probe_read_kernel_str(event->file, sizeof(event->file), BPF_CORE_READ(dentry, d_name.name));
			gadget_submit_buf(ctx, &events, event, sizeof(*event));
		}
	}
	bpf_map_delete_elem(&calls, &tid);
	return 0;
}

static __always_inline int begin_io(struct kiocb *iocb)
{
	return begin(BPF_CORE_READ(iocb, ki_filp, f_path.dentry), BPF_CORE_READ(iocb, ki_pos), 0);
}

static __always_inline int begin_open(struct file *file)
{
	return begin(BPF_CORE_READ(file, f_path.dentry), 0, 0);
}

static __always_inline int begin_sync(struct file *file, loff_t start, loff_t stop)
{
	/* what is to be written: everything (up to the largest offset) counts as 0 */
	__u64 size = stop > start && stop != 0x7fffffffffffffffLL ? stop - start + 1 : 0;

	return begin(BPF_CORE_READ(file, f_path.dentry), start, size);
}

static __always_inline int begin_stat(const struct path *path)
{
	return begin(BPF_CORE_READ(path, dentry), 0, 0);
}

/*
 * The return value of fexit stands behind the arguments, whose number differs between file systems and kernels:
 * bpf_get_func_ret() knows where.
 */
#define ENDS(op)                                              \
	SEC("fexit/gadget_program_disabled")                  \
	int ig_##op##_fx(void *ctx)                           \
	{                                                     \
		__u64 result = 0;                             \
		bpf_get_func_ret(ctx, &result);               \
		return end(ctx, op, result);                  \
	}                                                     \
	SEC("kretprobe/gadget_program_disabled")              \
	int BPF_KRETPROBE(ig_##op##_kx, long result)          \
	{                                                     \
		return end(ctx, op, result);                  \
	}

SEC("fentry/gadget_program_disabled")
int BPF_PROG(ig_read_fe, struct kiocb *iocb)
{
	return begin_io(iocb);
}
SEC("kprobe/gadget_program_disabled")
int BPF_KPROBE(ig_read_ke, struct kiocb *iocb)
{
	return begin_io(iocb);
}
ENDS(read)

SEC("fentry/gadget_program_disabled")
int BPF_PROG(ig_write_fe, struct kiocb *iocb)
{
	return begin_io(iocb);
}
SEC("kprobe/gadget_program_disabled")
int BPF_KPROBE(ig_write_ke, struct kiocb *iocb)
{
	return begin_io(iocb);
}
ENDS(write)

SEC("fentry/gadget_program_disabled")
int BPF_PROG(ig_open_fe, struct inode *inode, struct file *file)
{
	return begin_open(file);
}
SEC("kprobe/gadget_program_disabled")
int BPF_KPROBE(ig_open_ke, struct inode *inode, struct file *file)
{
	return begin_open(file);
}
ENDS(open)

SEC("fentry/gadget_program_disabled")
int BPF_PROG(ig_fsync_fe, struct file *file, loff_t start, loff_t stop)
{
	return begin_sync(file, start, stop);
}
SEC("kprobe/gadget_program_disabled")
int BPF_KPROBE(ig_fsync_ke, struct file *file, loff_t start, loff_t stop)
{
	return begin_sync(file, start, stop);
}
ENDS(fsync)

SEC("fentry/gadget_program_disabled")
int BPF_PROG(ig_statfs_fe, void *idmap, const struct path *path)
{
	return begin_stat(path);
}
SEC("kprobe/gadget_program_disabled")
int BPF_KPROBE(ig_statfs_ke, void *idmap, const struct path *path)
{
	return begin_stat(path);
}
ENDS(statfs)

char LICENSE[] SEC("license") = "GPL";
