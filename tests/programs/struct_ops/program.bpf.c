// SPDX-License-Identifier: GPL-2.0
/*
 * A congestion control that never holds anything back. The struct has only the members that are set here: libbpf takes
 * no object with members that the running kernel does not know.
 */
#define tcp_congestion_ops tcp_congestion_ops___whole
#include <vmlinux.h>
#undef tcp_congestion_ops

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../row.h"

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
} __attribute__((preserve_access_index));

SEC("struct_ops/ssthresh")
__u32 BPF_PROG(ssthresh, struct sock *sk)
{
	return 0x7fffffff;
}

SEC("struct_ops/cong_avoid")
void BPF_PROG(cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	SEND_ROW(ctx, "struct_ops");
}

SEC("struct_ops/undo_cwnd")
__u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops table = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "gadgetry_test",
};

char LICENSE[] SEC("license") = "GPL";
