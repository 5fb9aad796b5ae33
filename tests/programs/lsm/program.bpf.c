// SPDX-License-Identifier: GPL-2.0
/* Hooks of the security modules: 0 lets things happen. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

SEC("lsm/inode_mkdir")
int on_lsm(__u64 *ctx)
{
	SEND_ROW(ctx, "lsm");
	return 0;
}

SEC("lsm.s/inode_unlink")
int on_lsm_s(__u64 *ctx)
{
	SEND_ROW(ctx, "lsm.s");
	return 0;
}

/* Moved to inode_rmdir by attach_to, which happens before the load. */
SEC("lsm/inode_mkdir")
int on_moved(__u64 *ctx)
{
	SEND_ROW(ctx, "lsm (attach_to)");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
