// SPDX-License-Identifier: GPL-2.0
/* Every hook of a cgroup. All return 1: "go on". */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

SEC("cgroup_skb/ingress")
int on_skb_ingress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "cgroup_skb/ingress");
	return 1;
}

SEC("cgroup_skb/egress")
int on_skb_egress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "cgroup_skb/egress");
	return 1;
}

/* No direction: attach_to says which. */
SEC("cgroup/skb")
int on_skb(struct __sk_buff *skb)
{
	SEND_ROW(skb, "cgroup/skb");
	return 1;
}

SEC("cgroup/sock")
int on_sock(struct bpf_sock *ctx)
{
	SEND_ROW(ctx, "cgroup/sock");
	return 1;
}

SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock *ctx)
{
	SEND_ROW(ctx, "cgroup/sock_create");
	return 1;
}

SEC("cgroup/sock_release")
int on_sock_release(struct bpf_sock *ctx)
{
	SEND_ROW(ctx, "cgroup/sock_release");
	return 1;
}

SEC("cgroup/post_bind4")
int on_post_bind4(struct bpf_sock *ctx)
{
	SEND_ROW(ctx, "cgroup/post_bind4");
	return 1;
}

SEC("cgroup/post_bind6")
int on_post_bind6(struct bpf_sock *ctx)
{
	SEND_ROW(ctx, "cgroup/post_bind6");
	return 1;
}

SEC("cgroup/bind4")
int on_bind4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/bind4");
	return 1;
}

SEC("cgroup/bind6")
int on_bind6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/bind6");
	return 1;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/connect4");
	return 1;
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/connect6");
	return 1;
}

SEC("cgroup/connect_unix")
int on_connect_unix(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/connect_unix");
	return 1;
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/sendmsg4");
	return 1;
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/sendmsg6");
	return 1;
}

SEC("cgroup/sendmsg_unix")
int on_sendmsg_unix(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/sendmsg_unix");
	return 1;
}

SEC("cgroup/recvmsg4")
int on_recvmsg4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/recvmsg4");
	return 1;
}

SEC("cgroup/recvmsg6")
int on_recvmsg6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/recvmsg6");
	return 1;
}

SEC("cgroup/recvmsg_unix")
int on_recvmsg_unix(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/recvmsg_unix");
	return 1;
}

SEC("cgroup/getpeername4")
int on_getpeername4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getpeername4");
	return 1;
}

SEC("cgroup/getpeername6")
int on_getpeername6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getpeername6");
	return 1;
}

SEC("cgroup/getpeername_unix")
int on_getpeername_unix(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getpeername_unix");
	return 1;
}

SEC("cgroup/getsockname4")
int on_getsockname4(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getsockname4");
	return 1;
}

SEC("cgroup/getsockname6")
int on_getsockname6(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getsockname6");
	return 1;
}

SEC("cgroup/getsockname_unix")
int on_getsockname_unix(struct bpf_sock_addr *ctx)
{
	SEND_ROW(ctx, "cgroup/getsockname_unix");
	return 1;
}

SEC("cgroup/sysctl")
int on_sysctl(struct bpf_sysctl *ctx)
{
	SEND_ROW(ctx, "cgroup/sysctl");
	return 1;
}

SEC("cgroup/getsockopt")
int on_getsockopt(struct bpf_sockopt *ctx)
{
	SEND_ROW(ctx, "cgroup/getsockopt");
	return 1;
}

SEC("cgroup/setsockopt")
int on_setsockopt(struct bpf_sockopt *ctx)
{
	SEND_ROW(ctx, "cgroup/setsockopt");
	return 1;
}

SEC("cgroup/dev")
int on_dev(struct bpf_cgroup_dev_ctx *ctx)
{
	SEND_ROW_VALUE(ctx, "cgroup/dev", ((__u64)ctx->major << 32) | ctx->minor);
	return 1;
}

SEC("sockops")
int on_sockops(struct bpf_sock_ops *ctx)
{
	SEND_ROW(ctx, "sockops");
	return 1;
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(on_lsm_cgroup, struct socket *sock, struct sockaddr *address, int size)
{
	SEND_ROW(ctx, "lsm_cgroup");
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
