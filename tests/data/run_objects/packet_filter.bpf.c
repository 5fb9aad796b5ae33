// SPDX-License-Identifier: GPL-2.0
// Two classifiers with packet filters between other functions: the code of a filter moves what stands around it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "../../../sdk/bpf/gadget/packetfilter.h"

__u64 calls;

static __noinline int before(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&calls, 1);
	return skb->len > 0;
}

GADGET_PF()
GADGET_PF(second)

struct loop {
	int sum;
};

static long add(__u32 i, struct loop *loop)
{
	loop->sum += i;
	return 0;
}

static __noinline int after(struct __sk_buff *skb)
{
	struct loop loop = {};

	bpf_loop(skb->len & 7, add, &loop, 0);
	return before(skb) + loop.sum;
}

// 1: the first filter matches, 2: the second, 4 and 8: functions around them were reached.
SEC("classifier/ingress/both")
int both(struct __sk_buff *skb)
{
	int result = 0;

	gadget_pf_pull(skb);
	if (before(skb) == 1)
		result |= 4;
	if (gadget_pf_matches(skb, (void *)(long)skb->data, (void *)(long)skb->data_end))
		result |= 1;
	if (gadget_pf_matches(second, skb, (void *)(long)skb->data, (void *)(long)skb->data_end))
		result |= 2;
	__u32 n = skb->len & 7;
	if (after(skb) == 1 + n * (n - 1) / 2)
		result |= 8;
	return result;
}

SEC("classifier/egress/one")
int one(struct __sk_buff *skb)
{
	return gadget_pf_matches(skb, (void *)(long)skb->data, (void *)(long)skb->data_end);
}

// The tag is where network cards put it: beside the packet.
SEC("classifier/ingress/tagged")
int tagged(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, __builtin_bswap16(0x8100), 0x600a);
	return gadget_pf_matches(skb, (void *)(long)skb->data, (void *)(long)skb->data_end);
}

char LICENSE[] SEC("license") = "GPL";
