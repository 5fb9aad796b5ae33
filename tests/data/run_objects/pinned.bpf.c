// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} kept_map SEC(".maps");

SEC("raw_tp/sys_enter")
int touches_map(void *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&kept_map, &zero) != 0;
}

char LICENSE[] SEC("license") = "GPL";
