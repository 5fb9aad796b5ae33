// SPDX-License-Identifier: GPL-2.0
// A type that few kernels are built with.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("lirc_mode2")
int on_signal(unsigned int *sample)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
