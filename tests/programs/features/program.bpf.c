// SPDX-License-Identifier: GPL-2.0
/* What programs may be made of: tail calls, functions of both kinds, loops with callbacks, timers, kptrs, dynptrs. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include "../row.h"

#define GETPGID_TAG 4194001 /* a process that no system has: only the test asks for it */

int after_tail_call(struct syscall_trace_enter *ctx);

/* The array has its programs from the start. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = {[1] = (void *)&after_tail_call},
};

SEC("tracepoint/syscalls/sys_enter_getpgid")
int after_tail_call(struct syscall_trace_enter *ctx)
{
	if (ctx->args[0] == GETPGID_TAG)
		SEND_ROW(ctx, "tail call");
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int before_tail_call(struct syscall_trace_enter *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return 0;
}

/* Checked by the verifier on its own. */
__noinline int global_function(int number)
{
	return number * 3;
}

static __noinline int own_function(int number)
{
	return number + 7;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int call_global(struct syscall_trace_enter *ctx)
{
	if (ctx->args[0] == GETPGID_TAG)
		SEND_ROW_VALUE(ctx, "global function", global_function(bpf_get_smp_processor_id() & 0) + 42);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int call_own(struct syscall_trace_enter *ctx)
{
	if (ctx->args[0] == GETPGID_TAG)
		SEND_ROW_VALUE(ctx, "subprogram", own_function(bpf_get_smp_processor_id() & 0) + 35);
	return 0;
}

static int add(__u32 index, __u64 *sum)
{
	*sum += index;
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int use_loop(struct syscall_trace_enter *ctx)
{
	__u64 sum = 0;

	if (ctx->args[0] != GETPGID_TAG)
		return 0;
	bpf_loop(10, add, &sum, 0);
	SEND_ROW_VALUE(ctx, "bpf_loop", sum);
	return 0;
}

struct timer_value {
	struct bpf_timer timer;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timer_value);
} timers SEC(".maps");

static int on_timer(void *map, __u32 *key, struct timer_value *value)
{
	SEND_ROW(map, "timer");
	return 0;
}

/* Tracing programs may not have timers. */
SEC("syscall")
int start_timer(void *ctx)
{
	__u32 key = 0;
	struct timer_value *value = bpf_map_lookup_elem(&timers, &key);

	if (!value || bpf_timer_init(&value->timer, &timers, 1 /* CLOCK_MONOTONIC */))
		return -1;
	bpf_timer_set_callback(&value->timer, on_timer);
	return bpf_timer_start(&value->timer, 300000000, 0);
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int use_dynptr(struct syscall_trace_enter *ctx)
{
	static const struct row_event event = {.value = 0, .program = "dynptr"};
	struct bpf_dynptr memory;

	if (ctx->args[0] != GETPGID_TAG) /* the verifier wants every reservation given back, failed ones too */
		return 0;
	if (bpf_ringbuf_reserve_dynptr(&row_events, sizeof(event), 0, &memory)) {
		bpf_ringbuf_discard_dynptr(&memory, 0);
		return 0;
	}
	bpf_dynptr_write(&memory, 0, (void *)&event, sizeof(event), 0);
	bpf_ringbuf_submit_dynptr(&memory, 0);
	return 0;
}

struct kptr_value {
	struct task_struct *__attribute__((btf_type_tag("kptr"))) task;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kptr_value);
} tasks SEC(".maps");

SEC("tp_btf/sys_enter")
int use_kptr(__u64 *ctx)
{
	__u32 key = 0;
	struct kptr_value *value;

	if (((struct pt_regs *)ctx[0])->di != GETPGID_TAG)
		return 0;
	value = bpf_map_lookup_elem(&tasks, &key);
	if (value && !value->task)
		SEND_ROW(ctx, "kptr");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
