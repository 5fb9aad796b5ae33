// SPDX-License-Identifier: GPL-2.0
/* Programs that are run once, when the gadget starts, the second with data in and out. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

struct numbers {
	__u32 in;
	__u32 out;
};

/* The context of calculate: what stands here when it starts, and what it leaves here. */
struct numbers calculate_ctx = {.in = 20, .out = 1};

SEC("syscall")
int plain(void *ctx)
{
	SEND_ROW(ctx, "syscall");
	return 0;
}

SEC("syscall")
int calculate(struct numbers *ctx)
{
	ctx->out = ctx->in + 1;
	return 0;
}

/* Runs after it, and sees what it left. */
SEC("syscall")
int look(void *ctx)
{
	SEND_ROW_VALUE(ctx, "syscall (data)", calculate_ctx.out);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
