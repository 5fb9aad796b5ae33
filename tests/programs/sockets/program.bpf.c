// SPDX-License-Identifier: GPL-2.0
/* Programs of sockets: those of maps of sockets, and those that choose among sockets that share a port. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define PARSED_PORT 7101
#define PLAIN_PORT 7102
#define BARE_PORT 7103

/* A connection, as one of its two ends sees it. */
struct ports {
	__u32 local;
	__u32 remote;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 64);
	__type(key, struct ports);
	__type(value, __u64);
} parsed SEC(".maps"), plain SEC(".maps"), bare SEC(".maps");

GADGET_SK_TARGET_MAP(on_stream_parser, parsed);
GADGET_SK_TARGET_MAP(on_stream_verdict, parsed);
GADGET_SK_TARGET_MAP(on_verdict, plain);
GADGET_SK_TARGET_MAP(on_msg, plain);

SEC("sk_skb/stream_parser")
int on_stream_parser(struct __sk_buff *skb)
{
	SEND_ROW(skb, "sk_skb/stream_parser");
	return skb->len;
}

SEC("sk_skb/stream_verdict")
int on_stream_verdict(struct __sk_buff *skb)
{
	SEND_ROW(skb, "sk_skb/stream_verdict");
	return SK_PASS;
}

SEC("sk_skb/verdict")
int on_verdict(struct __sk_buff *skb)
{
	SEND_ROW(skb, "sk_skb/verdict");
	return SK_PASS;
}

/* Its map is named by attach_to. */
SEC("sk_skb")
int on_sk_skb(struct __sk_buff *skb)
{
	SEND_ROW(skb, "sk_skb");
	return SK_PASS;
}

SEC("sk_msg")
int on_msg(struct sk_msg_md *msg)
{
	SEND_ROW(msg, "sk_msg");
	return SK_PASS;
}

/* Fills the maps. */
SEC("sockops")
int on_connection(struct bpf_sock_ops *ctx)
{
	struct ports key = {.local = ctx->local_port, .remote = __builtin_bswap32(ctx->remote_port)};

	if (ctx->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && ctx->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	if (key.local == PARSED_PORT || key.remote == PARSED_PORT)
		bpf_sock_hash_update(ctx, &parsed, &key, BPF_ANY);
	else if (key.local == PLAIN_PORT || key.remote == PLAIN_PORT)
		bpf_sock_hash_update(ctx, &plain, &key, BPF_ANY);
	else if (key.local == BARE_PORT || key.remote == BARE_PORT)
		bpf_sock_hash_update(ctx, &bare, &key, BPF_ANY);
	return 1;
}

SEC("sk_reuseport")
int on_reuseport(struct sk_reuseport_md *ctx)
{
	SEND_ROW(ctx, "sk_reuseport");
	return SK_PASS;
}

SEC("sk_reuseport/migrate")
int on_migrate(struct sk_reuseport_md *ctx)
{
	if (ctx->migrating_sk)
		SEND_ROW(ctx, "sk_reuseport/migrate");
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
