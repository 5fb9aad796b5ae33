// SPDX-License-Identifier: GPL-2.0
/* A socket filter in two network namespaces: each packet comes with the number of the namespace it was seen in. */
#include <vmlinux.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../row.h"

#define ETH_P_IP 0x0800
#define OUTGOING 4 /* PACKET_OUTGOING */

SEC("socket1")
int on_socket(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP) && skb->pkt_type == OUTGOING)
		SEND_ROW_VALUE(skb, "socket", skb->cb[0]);
	return 0;
}

/* Keeps all packets, which nobody reads: must not fill memory, and must not stop the other one. */
SEC("socket/keeps")
int on_keeping(struct __sk_buff *skb)
{
	SEND_ROW(skb, "socket (keeps packets)");
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
