// SPDX-License-Identifier: GPL-2.0
/*
 * trace_dns: DNS messages that containers send and receive.
 *
 * Runs as a socket filter on raw sockets, one in each network namespace, which see every packet in both directions. The
 * program only finds out whether a packet is DNS and hands over the message behind the event; names, answers and
 * latencies are the work of the module (wasm/).
 */
#include <vmlinux.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

/* Headers of IPv6 that may stand in front of UDP. */
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_DESTINATION 60

#define DNS_PORT 53
#define MDNS_PORT 5353
#define DNS_HEADER 12
#define DNS_RESPONSE 0x80 /* in the third byte of the header */

/* Longer messages are cut off. Over UDP resolvers announce 4096 bytes at most, and mostly 1232. */
#define DNS_MAX 4096

/* Extension headers of IPv6 in front of UDP that are followed. */
#define MAX_EXTENSIONS 4

/* The kernel's PACKET_*: how the packet came to the interface. */
enum pkt_type {
	HOST = 0,
	BROADCAST = 1,
	MULTICAST = 2,
	OTHERHOST = 3,
	OUTGOING = 4,
};

/* latency_ns_raw is set by the module. */
struct event {
	gadget_timestamp timestamp_raw;
	gadget_netns_id netns_id;
	struct gadget_process proc;
	struct gadget_l4endpoint_t src;
	struct gadget_l4endpoint_t dst;
	struct gadget_l3endpoint_t nameserver;
	gadget_duration latency_ns_raw;
	enum pkt_type pkt_type_raw;
	__u32 data_len;
};

struct message {
	struct event event;
	__u8 data[DNS_MAX];
};

GADGET_TRACER_MAP(events, 1024 * 1024);
GADGET_TRACER(dns, events, event);

GADGET_SCRATCH(scratch, struct message);

#define load(skb, offset, to) bpf_skb_load_bytes_relative(skb, offset, to, sizeof(*(to)), BPF_HDR_START_NET)

/* Offset of the UDP header, 0 when there is none; *end is that of the end of the packet. */
static __always_inline __u32 find_udp_v4(struct __sk_buff *skb, struct event *event, __u32 *end)
{
	struct iphdr ip;

	if (load(skb, 0, &ip) || ip.protocol != IPPROTO_UDP)
		return 0;
	/* Only the first fragment has the ports. */
	if (ip.frag_off & bpf_htons(0x1fff))
		return 0;
	event->src.addr_raw.v4 = ip.saddr;
	event->dst.addr_raw.v4 = ip.daddr;
	event->src.version = event->dst.version = 4;
	*end = bpf_ntohs(ip.tot_len);
	return ip.ihl * 4;
}

static __always_inline __u32 find_udp_v6(struct __sk_buff *skb, struct event *event, __u32 *end)
{
	struct ipv6hdr ip;
	__u32 offset = sizeof(ip);
	__u8 next, extension[4];
	int i;

	if (load(skb, 0, &ip))
		return 0;
	__builtin_memcpy(event->src.addr_raw.v6, &ip.saddr, sizeof(event->src.addr_raw.v6));
	__builtin_memcpy(event->dst.addr_raw.v6, &ip.daddr, sizeof(event->dst.addr_raw.v6));
	event->src.version = event->dst.version = 6;
	*end = sizeof(ip) + bpf_ntohs(ip.payload_len);
	next = ip.nexthdr;
#pragma unroll
	for (i = 0; i < MAX_EXTENSIONS; i++) {
		if (next == IPPROTO_UDP)
			return offset;
		if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING && next != NEXT_DESTINATION &&
		    next != NEXT_FRAGMENT)
			return 0;
		if (load(skb, offset, &extension))
			return 0;
		/* Only the first fragment has the ports. */
		if (next == NEXT_FRAGMENT && ((extension[2] << 8 | extension[3]) & 0xfff8))
			return 0;
		offset += next == NEXT_FRAGMENT ? 8 : (extension[1] + 1) * 8;
		next = extension[0];
	}
	return next == IPPROTO_UDP ? offset : 0;
}

static __always_inline bool is_dns_port(__u16 port)
{
	return port == DNS_PORT || port == MDNS_PORT;
}

SEC("socket1")
int ig_trace_dns(struct __sk_buff *skb)
{
	struct message *message = gadget_scratch(&scratch);
	struct event *event;
	struct udphdr udp;
	__u32 offset, end = 0;
	__u64 size;

	if (!message)
		return 0;
	event = &message->event;
	__builtin_memset(event, 0, sizeof(*event));
	if (skb->protocol == bpf_htons(ETH_P_IP))
		offset = find_udp_v4(skb, event, &end);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		offset = find_udp_v6(skb, event, &end);
	else
		return 0;
	if (!offset || load(skb, offset, &udp))
		return 0;
	event->src.port = bpf_ntohs(udp.source);
	event->dst.port = bpf_ntohs(udp.dest);
	if (!is_dns_port(event->src.port) && !is_dns_port(event->dst.port))
		return 0;

	/* Of a message in fragments the first has the beginning; the module says that it is cut off. */
	offset += sizeof(udp);
	size = bpf_ntohs(udp.len) - sizeof(udp);
	if (end < offset + DNS_HEADER || bpf_ntohs(udp.len) < sizeof(udp) + DNS_HEADER)
		return 0;
	if (size > end - offset)
		size = end - offset;
	size = gadget_bounded(size, DNS_MAX);
	if (size < DNS_HEADER || bpf_skb_load_bytes_relative(skb, offset, message->data, size, BPF_HDR_START_NET))
		return 0;

	event->timestamp_raw = bpf_ktime_get_boot_ns();
	event->netns_id = skb->cb[0]; /* the dispatcher's */
	event->src.proto_raw = event->dst.proto_raw = IPPROTO_UDP;
	event->nameserver.addr_raw = message->data[2] & DNS_RESPONSE ? event->src.addr_raw : event->dst.addr_raw;
	event->nameserver.version = event->src.version;
	event->pkt_type_raw = skb->pkt_type;
	event->data_len = size;
	gadget_output_buf(skb, &events, message, sizeof(*event) + size);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
