// SPDX-License-Identifier: GPL-2.0
/* Packets of containers: at the host's end of their interfaces, with directions as the container sees them, and in their
 * network namespaces. The container gets a ping and answers it. */
#include <vmlinux.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../row.h"

#define NEXT -1
#define ETH_HLEN 14
#define ECHO_REQUEST 8
#define ECHO_REPLY 0
#define OTHER 255

static __always_inline __u8 icmp_type(struct __sk_buff *skb)
{
	struct iphdr ip;
	__u8 type = OTHER;

	if (skb->protocol != bpf_htons(0x0800) || bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return OTHER;
	if (ip.protocol != IPPROTO_ICMP || bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(ip), &type, sizeof(type)))
		return OTHER;
	return type;
}

SEC("tc/ingress")
int on_ingress(struct __sk_buff *skb)
{
	if (icmp_type(skb) == ECHO_REQUEST)
		SEND_ROW_VALUE(skb, "tc/ingress (container)", skb->cb[0]);
	return NEXT;
}

SEC("tc/egress")
int on_egress(struct __sk_buff *skb)
{
	if (icmp_type(skb) == ECHO_REPLY)
		SEND_ROW_VALUE(skb, "tc/egress (container)", skb->cb[0]);
	return NEXT;
}

SEC("socket1")
int on_socket(struct __sk_buff *skb)
{
	if (icmp_type(skb) == ECHO_REQUEST)
		SEND_ROW_VALUE(skb, "socket (container)", skb->cb[0]);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
