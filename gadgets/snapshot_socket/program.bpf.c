// SPDX-License-Identifier: GPL-2.0
/* snapshot_socket: the TCP and UDP sockets of a network namespace. */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <gadget/core_types.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define AF_INET 2
#define AF_INET6 10

/* Numbered as in include/net/tcp_states.h. A UDP socket is ESTABLISHED when it is connected, else CLOSED. */
enum socket_state {
	ESTABLISHED = 1,
	SYN_SENT,
	SYN_RECV,
	FIN_WAIT1,
	FIN_WAIT2,
	TIME_WAIT,
	CLOSED,
	CLOSE_WAIT,
	LAST_ACK,
	LISTEN,
	CLOSING,
	NEW_SYN_RECV,
	BOUND_INACTIVE,
};

enum socket_protocol {
	TCP = 6,
	UDP = 17,
};

struct socket_entry {
	gadget_netns_id netns_id;
	enum socket_protocol proto_raw;
	enum socket_state state_raw;
	struct gadget_l4endpoint_t src;
	struct gadget_l4endpoint_t dst;
	__u64 ino; /* as in /proc/PID/fd: socket:[ino]; 0 when no process has the socket any more */
	gadget_uid uid;
};

GADGET_ITER(sockets, socket_entry, ig_snap_tcp, ig_snap_udp);

/* The members that are read of the kernel's structs; see gadget/core_types.h. */
#define CORE __attribute__((preserve_access_index))

struct possible_net___sockets {
	struct net___gadget *net;
} CORE;

struct sock_common___sockets {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct possible_net___sockets skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} CORE;

struct socket___sockets {
} CORE;

struct sock___sockets {
	struct sock_common___sockets __sk_common;
	struct socket___sockets *sk_socket;
} CORE;

struct inet_sock___sockets {
	struct sock___sockets sk;
} CORE;

struct udp_sock___sockets {
	struct inet_sock___sockets inet;
} CORE;

struct socket_alloc___sockets {
	struct socket___sockets socket;
	struct inode___gadget vfs_inode;
} CORE;

/* Inode of a full socket; 0 for one without a struct socket (time wait, request, orphan). */
static __always_inline __u64 inode_of(struct sock___sockets *sk)
{
	struct socket___sockets *socket = BPF_CORE_READ(sk, sk_socket);
	struct socket_alloc___sockets *alloc = container_of(socket, struct socket_alloc___sockets, socket);

	return socket ? BPF_CORE_READ(alloc, vfs_inode.i_ino) : 0;
}

/* The fields all kinds of socket share. False for a family that has no IP addresses. */
static __always_inline bool fill(struct socket_entry *entry, struct sock_common___sockets *common,
				 enum socket_protocol protocol)
{
	entry->proto_raw = protocol;
	entry->netns_id = common->skc_net.net->ns.inum;
	entry->state_raw = common->skc_state;
	entry->src.port = common->skc_num;
	entry->dst.port = bpf_ntohs(common->skc_dport);
	entry->src.proto_raw = protocol;
	entry->dst.proto_raw = protocol;
	switch (common->skc_family) {
	case AF_INET:
		entry->src.version = 4;
		entry->dst.version = 4;
		entry->src.addr_raw.v4 = common->skc_rcv_saddr;
		entry->dst.addr_raw.v4 = common->skc_daddr;
		return true;
	case AF_INET6:
		entry->src.version = 6;
		entry->dst.version = 6;
		BPF_CORE_READ_INTO(&entry->src.addr_raw, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&entry->dst.addr_raw, common, skc_v6_daddr);
		return true;
	}
	return false;
}

SEC("iter/tcp")
int ig_snap_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common___sockets *common = (void *)ctx->sk_common;
	struct socket_entry entry = {};

	if (!common || !fill(&entry, common, TCP))
		return 0;
	entry.uid = ctx->uid;
	if (entry.state_raw != TIME_WAIT && entry.state_raw != NEW_SYN_RECV)
		entry.ino = inode_of((struct sock___sockets *)common);
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

SEC("iter/udp")
int ig_snap_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock___sockets *udp = (void *)ctx->udp_sk;
	struct socket_entry entry = {};

	if (!udp || !fill(&entry, &udp->inet.sk.__sk_common, UDP))
		return 0;
	entry.uid = ctx->uid;
	entry.ino = inode_of(&udp->inet.sk);
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
