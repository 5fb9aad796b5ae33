// SPDX-License-Identifier: GPL-2.0
// One program for each family that this machine can attach; each counts its runs in the process of the test.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} own_pid SEC(".maps");

static int count(__u32 index, int any_process)
{
	__u32 zero = 0;
	__u32 *pid = bpf_map_lookup_elem(&own_pid, &zero);
	__u64 *value = bpf_map_lookup_elem(&counts, &index);

	if (value && pid && (any_process || *pid == bpf_get_current_pid_tgid() >> 32))
		__sync_fetch_and_add(value, 1);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int on_tracepoint(void *ctx)
{
	return count(0, 0);
}

SEC("tp/syscalls/sys_exit_getpgid")
int on_tp(void *ctx)
{
	return count(1, 0);
}

SEC("raw_tp/sys_enter")
int on_raw_tp(void *ctx)
{
	return count(2, 0);
}

SEC("tp_btf/sys_enter")
int on_tp_btf(void *ctx)
{
	return count(3, 0);
}

SEC("uprobe/libc:getppid")
int on_uprobe(void *ctx)
{
	return count(4, 0);
}

SEC("uretprobe/libc.so.6:getppid")
int on_uretprobe(void *ctx)
{
	return count(5, 0);
}

SEC("perf_event")
int on_sample(void *ctx)
{
	return count(6, 1);
}

SEC("raw_tracepoint/gadget_program_disabled")
int on_nothing(void *ctx)
{
	return count(7, 0);
}

char LICENSE[] SEC("license") = "GPL";
