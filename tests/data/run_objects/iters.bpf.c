// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define core __attribute__((preserve_access_index))

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 seq_num;
} core;
struct task_struct {
	int pid;
	int tgid;
} core;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} core;
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
} core;
struct sock_common {
	unsigned short skc_family;
	unsigned short skc_num;
} core;
struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
} core;

struct row {
	__u32 pid;
	__u32 tid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct row row;

	if (!task)
		return 0;
	row.pid = task->tgid;
	row.tid = task->pid;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/task")
int odd_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	char three[3] = "ab";

	if (task && ctx->meta->seq_num == 0)
		bpf_seq_write(ctx->meta->seq, three, sizeof(three));
	return 0;
}

SEC("iter/bpf_map_elem")
int elements(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	struct row row;

	if (!key || !value)
		return 0;
	row.pid = *key;
	row.tid = (__u32)*value;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/tcp")
int sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	struct row row;

	if (!sk)
		return 0;
	row.pid = sk->skc_family;
	row.tid = sk->skc_num;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
