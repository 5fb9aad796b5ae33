// SPDX-License-Identifier: GPL-2.0
// Programs in functions and probes of the test itself.
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/usdt.bpf.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static void add(__u32 index, __u64 number)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &index);

	if (value)
		__sync_fetch_and_add(value, number);
}

SEC("uprobe//proc/self/exe:gadgetry_user_one")
int on_uprobe(struct pt_regs *ctx)
{
	add(0, 1);
	return 0;
}

SEC("uprobe.multi//proc/self/exe:gadgetry_user_*")
int on_multi(struct pt_regs *ctx)
{
	add(1, 1);
	return 0;
}

SEC("uretprobe.multi//proc/self/exe:gadgetry_user_one,gadgetry_user_two")
int on_multi_return(struct pt_regs *ctx)
{
	add(2, PT_REGS_RC(ctx));
	return 0;
}

SEC("usdt//proc/self/exe:gadgetry:hit")
int on_usdt(struct pt_regs *ctx)
{
	long number = 0, wide = 0;

	bpf_usdt_arg(ctx, 0, &number);
	bpf_usdt_arg(ctx, 1, &wide);
	add(3, 1);
	add(4, number); /* negative ones count down */
	add(5, wide);
	add(6, bpf_usdt_arg_cnt(ctx));
	return 0;
}

SEC("uprobe.session//proc/self/exe:gadgetry_user_one")
int on_session(struct pt_regs *ctx)
{
	add(7, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
