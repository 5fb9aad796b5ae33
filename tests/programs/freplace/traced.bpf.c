// SPDX-License-Identifier: GPL-2.0
/* Some systems refuse every program that hangs on a function: then there is nothing to try. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("fentry/vfs_unlink")
int gadgetry_traced(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
