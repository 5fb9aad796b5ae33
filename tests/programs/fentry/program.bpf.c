// SPDX-License-Identifier: GPL-2.0
/* Programs that hang on functions of the kernel by their types. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

SEC("fentry/vfs_unlink")
int on_fentry(__u64 *ctx)
{
	SEND_ROW(ctx, "fentry");
	return 0;
}

SEC("fexit/vfs_unlink")
int on_fexit(__u64 *ctx)
{
	SEND_ROW(ctx, "fexit");
	return 0;
}

/* Moved to vfs_mkdir by attach_to, which happens before the load. */
SEC("fentry/vfs_unlink")
int on_moved(__u64 *ctx)
{
	SEND_ROW(ctx, "fentry (attach_to)");
	return 0;
}

SEC("fmod_ret/security_inode_unlink")
int on_fmod_ret(__u64 *ctx)
{
	SEND_ROW(ctx, "fmod_ret");
	return 0;
}

/* A test run of this one calls the function that the sleepable ones may hang on. */
SEC("fentry/bpf_fentry_test1")
int on_test(__u64 *ctx)
{
	return 0;
}

SEC("fentry.s/bpf_fentry_test1")
int on_fentry_s(__u64 *ctx)
{
	SEND_ROW(ctx, "fentry.s");
	return 0;
}

SEC("fexit.s/bpf_fentry_test1")
int on_fexit_s(__u64 *ctx)
{
	SEND_ROW(ctx, "fexit.s");
	return 0;
}

SEC("fmod_ret.s/bpf_modify_return_test")
int on_fmod_ret_s(__u64 *ctx)
{
	SEND_ROW(ctx, "fmod_ret.s");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
