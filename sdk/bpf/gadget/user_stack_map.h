/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User stacks, collected when the parameter collect_ustack is set (off by default; what is off leaves no instruction
 * behind). Correlation with OpenTelemetry profiles is not supported: otel_correlation_id is always 0.
 * Include <vmlinux.h> first.
 */
#ifndef GADGET_USER_STACK_MAP_H
#define GADGET_USER_STACK_MAP_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/core_types.h>
#include <gadget/fnv1a.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define GADGET_USER_MAX_STACK_DEPTH 127
#define GADGET_USER_STACK_MAP_MAX_ENTRIES 10000

/* A gadget that is about stacks defines this as true before it includes this header. */
#ifndef GADGET_COLLECT_USTACK_DEFAULT
#define GADGET_COLLECT_USTACK_DEFAULT false
#endif
const volatile bool collect_ustack = GADGET_COLLECT_USTACK_DEFAULT;
GADGET_PARAM(collect_ustack);

const volatile bool collect_build_id = false;
GADGET_PARAM(collect_build_id);

/* The runtime gives the map ig_build_id this many entries. */
const volatile __u32 ig_build_id_max_entries = 1024;
GADGET_PARAM(ig_build_id_max_entries);

/* Stack id to addresses. The runtime shrinks this map when collect_ustack is off. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, GADGET_USER_MAX_STACK_DEPTH * sizeof(__u64));
	__uint(max_entries, GADGET_USER_STACK_MAP_MAX_ENTRIES);
} ig_ustack SEC(".maps");

/* Stack id to build ids and file offsets; allocated as needed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, GADGET_USER_MAX_STACK_DEPTH * sizeof(struct bpf_stack_build_id));
	__uint(max_entries, 1024);
} ig_build_id SEC(".maps");

static const struct bpf_stack_build_id gadget_no_build_ids_[GADGET_USER_MAX_STACK_DEPTH] = {};

/* Tells address spaces apart, also those of two runs of one executable. */
static __always_inline __u32 gadget_get_base_addr_hash(struct task_struct *of)
{
	struct task_struct___gadget *task = (void *)of;
	struct mm_struct___gadget *mm = BPF_CORE_READ(task, mm);
	__u32 hash = fnv_32a_init();

	fnv_32a_update_u64(&hash, (__u64)mm);
	fnv_32a_update_u64(&hash, BPF_CORE_READ(mm, start_code));
	fnv_32a_update_u64(&hash, BPF_CORE_READ(mm, start_stack));
	return hash;
}

static __always_inline void gadget_collect_build_ids_(void *ctx, __u32 stack_id)
{
	struct bpf_stack_build_id *ids;

	if (bpf_map_update_elem(&ig_build_id, &stack_id, gadget_no_build_ids_, BPF_NOEXIST) != 0)
		return; /* known already, or the map is full */
	ids = bpf_map_lookup_elem(&ig_build_id, &stack_id);
	if (ids)
		bpf_get_stack(ctx, ids, GADGET_USER_MAX_STACK_DEPTH * sizeof(*ids),
			      BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
}

static __always_inline void gadget_fill_user_stack_(void *ctx, struct gadget_user_stack *ustack)
{
	struct task_struct___gadget *task = (void *)bpf_get_current_task();
	struct inode___gadget *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	struct pid___gadget *pid = BPF_CORE_READ(task, thread_pid);
	struct upid___gadget *numbers = pid->numbers;
	dev_t device = BPF_CORE_READ(inode, i_sb, s_dev);
	long id = bpf_get_stackid(ctx, &ig_ustack, BPF_F_FAST_STACK_CMP | BPF_F_USER_STACK);

	__builtin_memset(ustack, 0, sizeof(*ustack));
	if (id < 0)
		return; /* a kernel thread, or a stack that cannot be read */
	ustack->stack_id = id;
	ustack->major = device >> 20;
	ustack->minor = device & ((1u << 20) - 1);
	ustack->inode = BPF_CORE_READ(inode, i_ino);
	gadget_inode_get_mtime((struct inode *)inode, &ustack->mtime_sec, &ustack->mtime_nsec);
	ustack->base_addr_hash = gadget_get_base_addr_hash((struct task_struct *)task);
	ustack->tgid_level0 = BPF_CORE_READ(task, tgid);
	ustack->pid_level0 = BPF_CORE_READ(numbers, nr);
	ustack->pidns_level0 = BPF_CORE_READ(numbers, ns, ns.inum);
	if (BPF_CORE_READ(pid, level) >= 1) {
		ustack->pid_level1 = BPF_CORE_READ(numbers + 1, nr);
		ustack->pidns_level1 = BPF_CORE_READ(numbers + 1, ns, ns.inum);
	}
	ustack->boot_timestamp = bpf_ktime_get_boot_ns();
	if (collect_build_id)
		gadget_collect_build_ids_(ctx, ustack->stack_id);
}

/*
 * Fills *ustack with the user stack of the current task, or zeroes it when collect_ustack is off. One function for each
 * kind of program; gadget_get_user_stack() chooses by the type of ctx.
 */
static __always_inline void gadget_get_user_stack_from_tracepoint(void *ctx, struct gadget_user_stack *ustack)
{
	if (collect_ustack)
		gadget_fill_user_stack_(ctx, ustack);
	else
		__builtin_memset(ustack, 0, sizeof(*ustack));
}

static __always_inline void gadget_get_user_stack_from_kprobe(void *ctx, struct gadget_user_stack *ustack)
{
	gadget_get_user_stack_from_tracepoint(ctx, ustack);
}

static __always_inline void gadget_get_user_stack_from_perf_event(void *ctx, struct gadget_user_stack *ustack)
{
	gadget_get_user_stack_from_tracepoint(ctx, ustack);
}

/* For kprobes and uprobes (struct pt_regs *) and perf events (struct bpf_perf_event_data *). */
#define gadget_get_user_stack(ctx, ustack)                                                   \
	_Generic((ctx), struct bpf_perf_event_data *: gadget_get_user_stack_from_perf_event, \
		 struct pt_regs *: gadget_get_user_stack_from_kprobe)((ctx), (ustack))

#endif /* GADGET_USER_STACK_MAP_H */
