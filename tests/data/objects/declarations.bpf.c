// SPDX-License-Identifier: GPL-2.0
// Every declaration by macro, several of each, and declarations that are to be skipped.
#include "test_types.h"

struct open_event {
	__u32 pid;
	char name[32];
};

struct close_event {
	__u32 pid;
	__s32 error;
};

struct process_row {
	__u32 pid;
};

struct socket_row {
	__u64 inode;
};

struct stat_key {
	__u32 pid;
	gadget_comm comm[16];
	__u8 kind;
};

struct stat_value {
	__u64 count;
	gadget_histogram_slot__u32 latency[27];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} opens SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} closes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct stat_key);
	__type(value, struct stat_value);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu_counts SEC(".maps");

const volatile __u32 counts_max_entries = 2048;
const volatile __u32 absent_max_entries = 7;

GADGET_TRACER(opened, opens, open_event);
GADGET_TRACER(closed, closes, close_event);
GADGET_ITER_TWO(sockets, socket_row, list_tcp, list_udp);
GADGET_ITER_ONE(sockets, process_row, list_tasks);
GADGET_SNAPSHOTTER_ONE(processes, process_row, list_tasks);
GADGET_MAPITER(counts, counts);
GADGET_MAPITER(cpu_counts, per_cpu_counts);
GADGET_ITER_TARGET_MAP(walk_map, counts);
GADGET_PARAM(counts_max_entries);
GADGET_PARAM(missing_variable);

static const void *gadget_tracer_static___opens___open_event __attribute__((used));
int gadget_tracer_number___opens___open_event;

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	return 0;
}

SEC("iter/tcp")
int list_tcp(void *ctx)
{
	return 0;
}

SEC("iter/udp")
int list_udp(void *ctx)
{
	return 0;
}

SEC("iter/task")
int list_tasks(void *ctx)
{
	return 0;
}

SEC("iter/bpf_map_elem")
int walk_map(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
