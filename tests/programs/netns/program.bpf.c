// SPDX-License-Identifier: GPL-2.0
/* Programs of a whole network namespace: who gets a connection, how flows are told apart, netfilter. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define PASS 1	 /* SK_PASS, NF_ACCEPT */
#define DROPPED 2 /* BPF_DROP */
#define OK 0	 /* BPF_OK */

SEC("sk_lookup")
int on_sk_lookup(struct bpf_sk_lookup *ctx)
{
	SEND_ROW_VALUE(ctx, "sk_lookup", ctx->local_port);
	return PASS;
}

SEC("flow_dissector")
int on_flow_dissector(struct __sk_buff *skb)
{
	SEND_ROW(skb, "flow_dissector");
	return OK;
}

SEC("netfilter")
int on_netfilter(void *ctx)
{
	SEND_ROW(ctx, "netfilter");
	return PASS;
}

SEC("netfilter/v6")
int on_netfilter_v6(void *ctx)
{
	SEND_ROW(ctx, "netfilter (ipv6)");
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
