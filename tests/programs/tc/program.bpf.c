// SPDX-License-Identifier: GPL-2.0
/* Programs for the packets of an interface: classifiers, an action, tcx. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define NEXT -1 /* TC_ACT_UNSPEC: the next program or filter is asked */

SEC("tc")
int on_tc(struct __sk_buff *skb)
{
	SEND_ROW(skb, "tc");
	return NEXT;
}

SEC("tc/ingress")
int on_tc_ingress(struct __sk_buff *skb)
{
	SEND_ROW_VALUE(skb, "tc/ingress", skb->cb[0]);
	return NEXT;
}

SEC("tc/egress")
int on_tc_egress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "tc/egress");
	return NEXT;
}

SEC("classifier")
int on_classifier(struct __sk_buff *skb)
{
	SEND_ROW(skb, "classifier");
	return NEXT;
}

SEC("classifier/ingress/first")
int on_classifier_ingress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "classifier/ingress");
	return NEXT;
}

SEC("classifier/egress/first")
int on_classifier_egress(struct __sk_buff *skb)
{
	SEND_ROW_VALUE(skb, "classifier/egress", skb->cb[0]);
	return NEXT;
}

SEC("action")
int on_action(struct __sk_buff *skb)
{
	SEND_ROW(skb, "action");
	return NEXT;
}

SEC("tcx/ingress")
int on_tcx_ingress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "tcx/ingress");
	return NEXT;
}

SEC("tcx/egress")
int on_tcx_egress(struct __sk_buff *skb)
{
	SEND_ROW(skb, "tcx/egress");
	return NEXT;
}

char LICENSE[] SEC("license") = "GPL";
