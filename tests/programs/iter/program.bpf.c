// SPDX-License-Identifier: GPL-2.0
/*
 * Every iterator that a kernel may have. The end of the walk is a context without an object. Each writes one record
 * for each object, too.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

struct record {
	__u64 count;
};

/* Members are read by their place in the context: all of them are pointers. */
#define HAS_OBJECT(ctx, index) (((void **)(ctx))[index] != 0)

#define WRITE(ctx)                                                   \
	do {                                                         \
		struct record record_ = {.count = 1};                \
                                                                     \
		bpf_seq_write(SEQ(ctx), &record_, sizeof(record_)); \
	} while (0)

#define SEQ(ctx) (((struct bpf_iter__task *)(ctx))->meta->seq)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} elements SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

SEC("iter/task")
int on_task(void *ctx)
{
	__u32 key = 1;
	__u64 value = 1;

	bpf_map_update_elem(&elements, &key, &value, BPF_ANY);

	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/task");
	WRITE(ctx);
	return 0;
}

SEC("iter/task_file")
int on_task_file(void *ctx)
{
	if (!HAS_OBJECT(ctx, 3))
		return 0;
	SEND_ROW(ctx, "iter/task_file");
	WRITE(ctx);
	return 0;
}

SEC("iter/task_vma")
int on_task_vma(void *ctx)
{
	if (!HAS_OBJECT(ctx, 2))
		return 0;
	SEND_ROW(ctx, "iter/task_vma");
	WRITE(ctx);
	return 0;
}

SEC("iter/tcp")
int on_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *socket = ctx->sk_common;
	__u64 key = (__u64)socket;

	if (socket) {
		bpf_sk_storage_get(&storage, (struct sock *)socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
		bpf_map_update_elem(&sockets, &key, (struct sock *)socket, BPF_ANY);
	}

	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/tcp");
	WRITE(ctx);
	return 0;
}

SEC("iter/udp")
int on_udp(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/udp");
	WRITE(ctx);
	return 0;
}

SEC("iter/unix")
int on_unix(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/unix");
	WRITE(ctx);
	return 0;
}

SEC("iter/netlink")
int on_netlink(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/netlink");
	WRITE(ctx);
	return 0;
}

SEC("iter/ipv6_route")
int on_ipv6_route(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/ipv6_route");
	WRITE(ctx);
	return 0;
}

SEC("iter/bpf_map")
int on_bpf_map(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/bpf_map");
	WRITE(ctx);
	return 0;
}

SEC("iter/bpf_prog")
int on_bpf_prog(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/bpf_prog");
	WRITE(ctx);
	return 0;
}

SEC("iter/bpf_link")
int on_bpf_link(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/bpf_link");
	WRITE(ctx);
	return 0;
}

SEC("iter/bpf_map_elem")
int on_bpf_map_elem(void *ctx)
{
	if (!HAS_OBJECT(ctx, 3))
		return 0;
	SEND_ROW(ctx, "iter/bpf_map_elem");
	WRITE(ctx);
	return 0;
}

SEC("iter/sockmap")
int on_sockmap(void *ctx)
{
	if (!HAS_OBJECT(ctx, 3))
		return 0;
	SEND_ROW(ctx, "iter/sockmap");
	WRITE(ctx);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int on_bpf_sk_storage_map(void *ctx)
{
	if (!HAS_OBJECT(ctx, 3))
		return 0;
	SEND_ROW(ctx, "iter/bpf_sk_storage_map");
	WRITE(ctx);
	return 0;
}

SEC("iter/cgroup")
int on_cgroup(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/cgroup");
	WRITE(ctx);
	return 0;
}

SEC("iter/ksym")
int on_ksym(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/ksym");
	WRITE(ctx);
	return 0;
}

SEC("iter/kmem_cache")
int on_kmem_cache(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/kmem_cache");
	WRITE(ctx);
	return 0;
}

SEC("iter/dmabuf")
int on_dmabuf(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/dmabuf");
	WRITE(ctx);
	return 0;
}

SEC("iter.s/task")
int on_task_s(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter.s/task");
	WRITE(ctx);
	return 0;
}

SEC("iter/cgroup")
int on_cgroup_up(void *ctx)
{
	if (!HAS_OBJECT(ctx, 1))
		return 0;
	SEND_ROW(ctx, "iter/cgroup (ancestors)");
	WRITE(ctx);
	return 0;
}

GADGET_ITER(list0, record, on_task, on_task_file, on_task_vma);
GADGET_ITER(list1, record, on_tcp, on_udp, on_unix);
GADGET_ITER(list2, record, on_netlink, on_ipv6_route, on_bpf_map);
GADGET_ITER(list3, record, on_bpf_prog, on_bpf_link, on_bpf_map_elem);
GADGET_ITER(list4, record, on_sockmap, on_bpf_sk_storage_map, on_cgroup);
GADGET_ITER(list5, record, on_ksym, on_kmem_cache, on_dmabuf);
GADGET_ITER(list6, record, on_task_s, on_cgroup_up);
GADGET_ITER_TARGET_MAP(on_bpf_map_elem, elements);
GADGET_ITER_TARGET_MAP(on_sockmap, sockets);
GADGET_ITER_TARGET_MAP(on_bpf_sk_storage_map, storage);

char LICENSE[] SEC("license") = "GPL";
