// SPDX-License-Identifier: GPL-2.0
/* Programs for the packets of routes, where they come in, go out, leave, and at a segment of IPv6 segment routing. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define OK 0 /* BPF_OK */

SEC("lwt_in")
int on_in(struct __sk_buff *skb)
{
	SEND_ROW(skb, "lwt_in");
	return OK;
}

SEC("lwt_out")
int on_out(struct __sk_buff *skb)
{
	SEND_ROW(skb, "lwt_out");
	return OK;
}

SEC("lwt_xmit")
int on_xmit(struct __sk_buff *skb)
{
	SEND_ROW(skb, "lwt_xmit");
	return OK;
}

SEC("lwt_seg6local")
int on_seg6local(struct __sk_buff *skb)
{
	SEND_ROW(skb, "lwt_seg6local");
	return OK;
}

char LICENSE[] SEC("license") = "GPL";
