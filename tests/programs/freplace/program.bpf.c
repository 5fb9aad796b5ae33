// SPDX-License-Identifier: GPL-2.0
/* Stands in for a function of a socket filter; the test says of which. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

SEC("freplace/ATTACH_TO:replaced")
int on_replaced(struct __sk_buff *skb)
{
	SEND_ROW(skb, "freplace");
	return 7;
}

char LICENSE[] SEC("license") = "GPL";
