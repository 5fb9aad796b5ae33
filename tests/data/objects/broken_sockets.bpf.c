// SPDX-License-Identifier: GPL-2.0
// A sk_msg program whose map holds no sockets.
#include "test_types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

const void *gadget_sk_prog_target_on_msg___numbers;

SEC("sk_msg")
int on_msg(void *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
