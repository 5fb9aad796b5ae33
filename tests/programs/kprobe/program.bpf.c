// SPDX-License-Identifier: GPL-2.0
/* Functions of the kernel, one by one and many at once, and system calls by their own names. */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

#define GETPGID_TAG 4194001 /* a process that no system has: only the test asks for it */

SEC("kprobe/vfs_unlink")
int on_kprobe(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe");
	return 0;
}

SEC("kretprobe/vfs_unlink")
int on_kretprobe(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kretprobe");
	return 0;
}

/* Moved to vfs_mkdir by attach_to. */
SEC("kprobe/vfs_unlink")
int on_other(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe (attach_to)");
	return 0;
}

SEC("ksyscall/getpgid")
int BPF_KSYSCALL(on_ksyscall, int pid)
{
	if (pid == GETPGID_TAG)
		SEND_ROW_VALUE(ctx, "ksyscall", pid);
	return 0;
}

SEC("kretsyscall/getpgid")
int BPF_KRETPROBE(on_kretsyscall, long result)
{
	if (result == -3) /* ESRCH */
		SEND_ROW(ctx, "kretsyscall");
	return 0;
}

SEC("kprobe.multi/vfs_unlin?")
int on_multi(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe.multi");
	return 0;
}

/* For kernels without kprobe.multi. */
SEC("kprobe/vfs_rmdir")
int on_single(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe (instead_of)");
	return 0;
}

SEC("kprobe.multi/vfs_rmdir,vfs_mknod")
int on_multi_list(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe.multi (list)");
	return 0;
}

SEC("kretprobe.multi/vfs_mkdi*,vfs_rmdir")
int on_ret_multi(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kretprobe.multi");
	return 0;
}

SEC("kprobe.session/vfs_mkdir")
int on_session(struct pt_regs *ctx)
{
	SEND_ROW(ctx, "kprobe.session");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
