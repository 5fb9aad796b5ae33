// SPDX-License-Identifier: GPL-2.0
/*
 * For tests/vm/checks.sh: the same call seen by a kprobe, a kretprobe, an fentry and an fexit program. vfs_unlink is a
 * function of every supported kernel, and so is vfs_rmdir, to which attach_to moves the programs: both have the dentry
 * as their third argument and return 0 or a negative error.
 */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_types.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define NAME_LENGTH 64

enum hook {
	KPROBE,
	KRETPROBE,
	FENTRY,
	FEXIT,
};

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum hook hook_raw;
	gadget_errno error_raw; /* at returns */
	char name[NAME_LENGTH]; /* empty at a kretprobe, which has no arguments */
};

GADGET_TRACER_MAP(events, 256 * 1024);
GADGET_TRACER(calls, events, event);

static __always_inline int send(void *ctx, enum hook hook, const struct dentry *of, long result)
{
	const struct dentry___gadget *dentry = (const void *)of;
	struct event *event = gadget_reserve_buf(&events, sizeof(*event));

	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->hook_raw = hook;
	event->error_raw = result < 0 ? -result : 0;
	event->name[0] = '\0';
	if (dentry)
		bpf_probe_read_kernel_str(event->name, sizeof(event->name), BPF_CORE_READ(dentry, d_name.name));
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

SEC("kprobe/vfs_unlink")
int BPF_KPROBE(on_kprobe, void *idmap, struct inode *folder, struct dentry *dentry)
{
	return send(ctx, KPROBE, dentry, 0);
}

SEC("kretprobe/vfs_unlink")
int BPF_KRETPROBE(on_kretprobe, int result)
{
	return send(ctx, KRETPROBE, NULL, result);
}

SEC("fentry/vfs_unlink")
int BPF_PROG(on_fentry, void *idmap, struct inode *folder, struct dentry *dentry)
{
	return send(ctx, FENTRY, dentry, 0);
}

SEC("fexit/vfs_unlink")
int BPF_PROG(on_fexit, void *idmap, struct inode *folder, struct dentry *dentry)
{
	__u64 result = 0;

	bpf_get_func_ret(ctx, &result); /* its place in ctx depends on the number of arguments, which kernels differ in */
	return send(ctx, FEXIT, dentry, (int)result);
}

char LICENSE[] SEC("license") = "GPL";
