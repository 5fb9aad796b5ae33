// SPDX-License-Identifier: GPL-2.0
/* A socket filter with a function that can be replaced. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__attribute__((noinline)) int replaced(struct __sk_buff *skb)
{
	volatile int result = 1;

	return result;
}

SEC("socket")
int gadgetry_target(struct __sk_buff *skb)
{
	return replaced(skb);
}

char LICENSE[] SEC("license") = "GPL";
