// SPDX-License-Identifier: GPL-2.0
// Programs of cgroups and sockets.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

const void *gadget_sk_prog_target_on_msg___sockets = (void *)0;

static void count(__u32 index)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &index);

	if (value)
		__sync_fetch_and_add(value, 1);
}

SEC("cgroup/sock_create")
int on_create(struct bpf_sock *ctx)
{
	count(0);
	return 1;
}

SEC("cgroup/skb")
int on_skb(struct __sk_buff *skb)
{
	count(1);
	return 1;
}

SEC("sk_msg")
int on_msg(struct sk_msg_md *msg)
{
	return SK_PASS;
}

SEC("sk_reuseport")
int on_reuseport(struct sk_reuseport_md *ctx)
{
	count(2);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
