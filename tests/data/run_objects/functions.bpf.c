// SPDX-License-Identifier: GPL-2.0
// Programs for functions of the kernel.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe/vfs_unlink")
int on_entry(void *ctx)
{
	return 0;
}

SEC("kretprobe/vfs_unlink")
int on_return(void *ctx)
{
	return 0;
}

SEC("fentry/no_such_function_anywhere")
int on_fentry(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
