// SPDX-License-Identifier: GPL-2.0
// Refused by the verifier: the result of a lookup is used without a check.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("raw_tp/sys_enter")
int fine(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int forgets_check(void *ctx)
{
	__u32 key = (__u32)bpf_get_current_pid_tgid();
	__u64 *value = bpf_map_lookup_elem(&values, &key);

	*value += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
