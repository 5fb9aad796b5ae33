// SPDX-License-Identifier: GPL-2.0
/* profile_cache_misses: where the CPU caches miss, by sampling the stacks of what missed. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/kernel_stack_map.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/types.h>
#define GADGET_COLLECT_USTACK_DEFAULT true
#include <gadget/user_stack_map.h>

#define MAX_ENTRIES 10240

struct sample_key {
	gadget_kernel_stack kern_stack_raw;
	__u32 user_stack_id;
	struct gadget_process proc;
};

struct sample_value {
	__u64 samples;
	struct gadget_user_stack user_stack_raw; /* of the first sample: not in the key, since it holds a time */
};

const volatile bool kernel_stacks_only = false;
GADGET_PARAM(kernel_stacks_only);

const volatile bool user_stacks_only = false;
GADGET_PARAM(user_stacks_only);

const volatile bool include_idle = false;
GADGET_PARAM(include_idle);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, struct sample_key);
	__type(value, struct sample_value);
} counts SEC(".maps");
GADGET_LOST_SAMPLES(counts);

GADGET_MAPITER(samples, counts);

SEC("perf_event/profiler")
int profiler(struct bpf_perf_event_data *ctx)
{
	struct sample_value *value, fresh = {};
	struct sample_key key = {};
	long stack;

	if (!include_idle && (__u32)bpf_get_current_pid_tgid() == 0)
		return 0;
	if (gadget_should_discard_data_current())
		return 0;

	gadget_process_populate(&key.proc);
	key.kern_stack_raw = -1;
	key.user_stack_id = -1;
	if (!user_stacks_only) {
		stack = gadget_get_kernel_stack(ctx);
		if (stack >= 0)
			key.kern_stack_raw = stack;
	}
	if (!kernel_stacks_only) {
		gadget_get_user_stack(ctx, &fresh.user_stack_raw);
		if (fresh.user_stack_raw.inode != 0)
			key.user_stack_id = fresh.user_stack_raw.stack_id;
	}

	value = bpf_map_lookup_or_try_init(&counts, &key, &fresh);
	if (value)
		__sync_fetch_and_add(&value->samples, 1);
	else
		gadget_count_lost(&counts);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
