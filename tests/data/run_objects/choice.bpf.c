// SPDX-License-Identifier: GPL-2.0
// Programs that the kernel has or has not, for the rules of which of them are used.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_getpgid")
int on_first(void *ctx)
{
	return 0;
}

SEC("tp_btf/no_such_tracepoint")
int on_missing(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int on_stand_in(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_exit")
int on_last(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
