// SPDX-License-Identifier: GPL-2.0
// Declarations by names alone: print_, stats_, hist_ and gadget_iter_type.
#include "test_types.h"

struct event {
	__u64 timestamp;
	__u32 pid;
	__u8 comm[16];
	__u8 number;
};

typedef struct {
	__u32 code;
} unnamed_event;

struct file_key {
	__u64 inode;
};

struct file_value {
	__u64 reads;
	__u64 writes;
};

struct disk_key {
	__u32 device;
};

struct disk_histogram {
	gadget_histogram_slot__u64 latency[20];
};

struct process_entry {
	__u32 pid;
	__u8 comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__type(value, struct event);
} print_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, unnamed_event);
} print_codes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} print_untyped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__type(key, struct file_key);
	__type(value, struct file_value);
} stats_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__type(key, struct disk_key);
	__type(value, struct disk_histogram);
} hist_disks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 27);
	__type(key, __u32);
	__type(value, __u64);
} hist_latency SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} hist_sizes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct disk_histogram);
} hist_per_queue SEC(".maps");

const struct process_entry *gadget_iter_type __attribute__((unused));

SEC("iter/task")
int list_processes(void *ctx)
{
	return 0;
}

SEC("kprobe/do_sys_openat2")
int on_open(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
