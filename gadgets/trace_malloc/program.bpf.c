// SPDX-License-Identifier: GPL-2.0
/*
 * trace_malloc: memory that programs ask their C library for, and give back.
 *
 * What a function was asked for is remembered at its entry under the thread and the kind of call, since one of these
 * functions may call another, and sent at its return, when the address is known. Calls that give memory back are sent at
 * their entry.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>
#include <gadget/user_stack_map.h>

/* The names are what the field shows. */
enum memop {
	malloc,
	free,
	calloc,
	realloc,
	realloc_free,
	mmap,
	munmap,
	posix_memalign,
	aligned_alloc,
	valloc,
	memalign,
	pvalloc,
};

struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum memop operation_raw;
	__u64 addr;
	__u64 size;
	struct gadget_user_stack ustack;
};

struct asked_by {
	__u32 tid;
	enum memop operation;
};

struct asked {
	__u64 size;
	__u64 address; /* realloc: what it is to replace; posix_memalign: where the result is put */
};

/* Threads that end inside of a call leave their entry behind: the oldest ones make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct asked_by);
	__type(value, struct asked);
} requests SEC(".maps");

GADGET_TRACER_MAP(events, 1024 * 1024);
GADGET_TRACER(malloc, events, event);

static __always_inline int send(struct pt_regs *ctx, enum memop operation, __u64 address, __u64 size)
{
	struct event *event = gadget_reserve_buf(&events, sizeof(*event));

	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->operation_raw = operation;
	event->addr = address;
	event->size = size;
	gadget_get_user_stack(ctx, &event->ustack);
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

static __always_inline int enter(enum memop operation, __u64 size, __u64 address)
{
	struct asked_by call = {.tid = (__u32)bpf_get_current_pid_tgid(), .operation = operation};
	struct asked request = {.size = size, .address = address};

	if (!gadget_should_discard_data_current())
		bpf_map_update_elem(&requests, &call, &request, BPF_ANY);
	return 0;
}

static __always_inline bool leave(enum memop operation, struct asked *request)
{
	struct asked_by call = {.tid = (__u32)bpf_get_current_pid_tgid(), .operation = operation};
	struct asked *known = bpf_map_lookup_elem(&requests, &call);

	if (!known)
		return false;
	*request = *known;
	bpf_map_delete_elem(&requests, &call);
	return true;
}

static __always_inline int release(struct pt_regs *ctx, enum memop operation, __u64 address, __u64 size)
{
	if (address == 0 || gadget_should_discard_data_current())
		return 0;
	return send(ctx, operation, address, size);
}

/* A function that returns the address of what it was asked for. */
#define RETURNS_MEMORY(function)                                                       \
	SEC("uretprobe/libc:" #function)                                               \
	int ig_##function##_x(struct pt_regs *ctx)                                     \
	{                                                                              \
		struct asked request;                                                \
                                                                                       \
		if (!leave(function, &request))                                        \
			return 0;                                                      \
		return send(ctx, function, PT_REGS_RC(ctx), request.size);             \
	}

SEC("uprobe/libc:malloc")
int BPF_KPROBE(ig_malloc_e, __u64 size)
{
	return enter(malloc, size, 0);
}
RETURNS_MEMORY(malloc)

SEC("uprobe/libc:calloc")
int BPF_KPROBE(ig_calloc_e, __u64 count, __u64 size)
{
	return enter(calloc, count * size, 0);
}
RETURNS_MEMORY(calloc)

SEC("uprobe/libc:realloc")
int BPF_KPROBE(ig_realloc_e, __u64 old, __u64 size)
{
	return enter(realloc, size, old);
}

/* What it replaces is given back when it succeeds: two events, as of free and malloc. */
SEC("uretprobe/libc:realloc")
int ig_realloc_x(struct pt_regs *ctx)
{
	struct asked request;

	if (!leave(realloc, &request))
		return 0;
	if (request.address != 0 && (PT_REGS_RC(ctx) != 0 || request.size == 0))
		send(ctx, realloc_free, request.address, 0);
	return send(ctx, realloc, PT_REGS_RC(ctx), request.size);
}

SEC("uprobe/libc:mmap")
int BPF_KPROBE(ig_mmap_e, __u64 hint, __u64 size)
{
	return enter(mmap, size, 0);
}
/* MAP_FAILED is all ones. */
SEC("uretprobe/libc:mmap")
int ig_mmap_x(struct pt_regs *ctx)
{
	struct asked request;
	__u64 address = PT_REGS_RC(ctx);

	if (!leave(mmap, &request))
		return 0;
	return send(ctx, mmap, address == ~0ull ? 0 : address, request.size);
}

SEC("uprobe/libc:posix_memalign")
int BPF_KPROBE(ig_posix_memalign_e, __u64 result, __u64 alignment, __u64 size)
{
	return enter(posix_memalign, size, result);
}
SEC("uretprobe/libc:posix_memalign")
int ig_posix_memalign_x(struct pt_regs *ctx)
{
	struct asked request;
	__u64 address = 0;

	if (!leave(posix_memalign, &request))
		return 0;
	if ((__u32)PT_REGS_RC(ctx) == 0)
		bpf_probe_read_user(&address, sizeof(address), (void *)request.address);
	return send(ctx, posix_memalign, address, request.size);
}

SEC("uprobe/libc:aligned_alloc")
int BPF_KPROBE(ig_aligned_alloc_e, __u64 alignment, __u64 size)
{
	return enter(aligned_alloc, size, 0);
}
RETURNS_MEMORY(aligned_alloc)

SEC("uprobe/libc:valloc")
int BPF_KPROBE(ig_valloc_e, __u64 size)
{
	return enter(valloc, size, 0);
}
RETURNS_MEMORY(valloc)

SEC("uprobe/libc:memalign")
int BPF_KPROBE(ig_memalign_e, __u64 alignment, __u64 size)
{
	return enter(memalign, size, 0);
}
RETURNS_MEMORY(memalign)

SEC("uprobe/libc:pvalloc")
int BPF_KPROBE(ig_pvalloc_e, __u64 size)
{
	return enter(pvalloc, size, 0);
}
RETURNS_MEMORY(pvalloc)

SEC("uprobe/libc:free")
int BPF_KPROBE(ig_free_e, __u64 address)
{
	return release(ctx, free, address, 0);
}

SEC("uprobe/libc:munmap")
int BPF_KPROBE(ig_munmap_e, __u64 address, __u64 size)
{
	return release(ctx, munmap, address, size);
}

char LICENSE[] SEC("license") = "GPL";
