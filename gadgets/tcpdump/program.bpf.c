// SPDX-License-Identifier: GPL-2.0
/*
 * tcpdump: packets of network interfaces, as files for tcpdump and Wireshark.
 *
 * Runs as a traffic classifier in both directions. A packet that passes the filter goes to user space behind its event:
 * the kernel copies its bytes, also those that are not in the linear part.
 */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <gadget/macros.h>
#include <gadget/packetfilter.h>
#include <gadget/types.h>

#define TC_ACT_UNSPEC (-1)

/* Records of perf buffers are smaller than 64 KiB; the event and the kernel's headers need some of it. */
#define SNAPLEN_MAX 65000

#define INTERFACE_NAME 16

/* The kernel's PACKET_*: how the packet came to the interface. */
enum pkt_type {
	HOST = 0,
	BROADCAST = 1,
	MULTICAST = 2,
	OTHERHOST = 3,
	OUTGOING = 4,
};

struct event {
	gadget_timestamp timestamp_raw;
	gadget_netns_id netns_id;
	__u32 ifindex;
	char ifname[INTERFACE_NAME];
	enum pkt_type packet_type_raw;
	__u32 packet_size;
	__u32 payload_len;
	/* The tag that the kernel keeps beside the packet: protocol << 16 | tag, 0 for none. */
	__u32 vlan;
};

/* A perf buffer, because only with it the kernel copies the packet itself. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

GADGET_TRACER(packets, events, event);

const volatile __u32 snaplen = 0;
GADGET_PARAM(snaplen);

GADGET_PF()

static __always_inline int capture(struct __sk_buff *skb, bool outgoing)
{
	struct sk_buff *kernel_skb = (struct sk_buff *)skb;
	struct net_device *device;
	struct event event = {};
	__u64 captured;

	gadget_pf_pull(skb);
	if (!gadget_pf_matches(skb, gadget_pf_data(skb), gadget_pf_data_end(skb)))
		return TC_ACT_UNSPEC;

	event.timestamp_raw = bpf_ktime_get_boot_ns();
	event.ifindex = skb->ifindex;
	/* The index alone does not name an interface: each network namespace counts for itself. */
	device = BPF_CORE_READ(kernel_skb, dev);
	event.netns_id = BPF_CORE_READ(device, nd_net.net, ns.inum);
	BPF_CORE_READ_STR_INTO(&event.ifname, device, name);
	event.packet_type_raw = outgoing ? OUTGOING : skb->pkt_type;
	if (skb->vlan_present)
		event.vlan = (__u32)bpf_ntohs(skb->vlan_proto) << 16 | (skb->vlan_tci & 0xffff);
	event.packet_size = skb->len;
	captured = skb->len;
	if (snaplen && captured > snaplen)
		captured = snaplen;
	if (captured > SNAPLEN_MAX)
		captured = SNAPLEN_MAX;
	event.payload_len = captured;
	bpf_perf_event_output(skb, &events, captured << 32 | BPF_F_CURRENT_CPU, &event, sizeof(event));
	return TC_ACT_UNSPEC;
}

SEC("classifier/ingress/main")
int ig_capture_in(struct __sk_buff *skb)
{
	return capture(skb, false);
}

SEC("classifier/egress/main")
int ig_capture_out(struct __sk_buff *skb)
{
	return capture(skb, true);
}

char _license[] SEC("license") = "GPL";
