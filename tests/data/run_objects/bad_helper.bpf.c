// SPDX-License-Identifier: GPL-2.0
// Calls a helper that programs of this type do not have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int wrong_helper(void *ctx)
{
	return (int)bpf_skb_load_bytes(ctx, 0, 0, 0);
}

char LICENSE[] SEC("license") = "GPL";
