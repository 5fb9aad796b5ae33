// SPDX-License-Identifier: GPL-2.0
/* Programs of both ends of a netkit pair: for what each of them sends. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define NEXT -1 /* NETKIT_NEXT */

SEC("netkit/primary")
int on_primary(struct __sk_buff *skb)
{
	SEND_ROW(skb, "netkit/primary");
	return NEXT;
}

SEC("netkit/peer")
int on_peer(struct __sk_buff *skb)
{
	SEND_ROW(skb, "netkit/peer");
	return NEXT;
}

char LICENSE[] SEC("license") = "GPL";
