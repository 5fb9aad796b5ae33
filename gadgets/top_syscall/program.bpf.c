// SPDX-License-Identifier: GPL-2.0
/*
 * top_syscall: which system calls processes make, how often, how long they take and how many fail.
 *
 * A call is counted when it ends, at raw_tp/sys_exit. Its start time is kept in the task's own storage, so calls under way
 * cannot crowd each other out, and memory is freed with the task.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/types.h>

#define MAX_ENTRIES 20480

struct call_key {
	gadget_syscall syscall_raw;
	gadget_mntns_id mntns_id;
	gadget_pid pid;
	gadget_uid uid;
	gadget_comm comm[TASK_COMM_LEN];
};

struct call_value {
	__u64 count;
	__u64 errors;
	gadget_duration total_raw;
	gadget_duration max_raw;
};

const volatile bool targ_failed = false;
GADGET_PARAM(targ_failed);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, struct call_key);
	__type(value, struct call_value);
} syscalls SEC(".maps");
GADGET_LOST_SAMPLES(syscalls);

GADGET_MAPITER(syscalls, syscalls);

struct call_start {
	__u64 time; /* 0: no call under way that is wanted */
	__u64 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call_start);
} starts SEC(".maps");

static const struct call_value empty_value = {};

SEC("tp_btf/sys_enter")
int BPF_PROG(ig_sys_enter, struct pt_regs *regs, long number)
{
	struct call_start *start;

	if (gadget_should_discard_data_current())
		return 0;
	start = bpf_task_storage_get(&starts, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!start)
		return 0;
	start->time = bpf_ktime_get_ns();
	start->number = number;
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(ig_sys_exit, struct pt_regs *regs, long result)
{
	struct task_struct___gadget *task = (void *)bpf_get_current_task_btf();
	struct call_start *start = bpf_task_storage_get(&starts, (struct task_struct *)task, NULL, 0);
	struct call_value *value;
	struct call_key key = {};
	__u64 elapsed;

	if (!start || start->time == 0)
		return 0;
	elapsed = bpf_ktime_get_ns() - start->time;
	start->time = 0;
	if (targ_failed && result >= 0)
		return 0;

	key.syscall_raw = start->number;
	key.mntns_id = task->nsproxy->mnt_ns->ns.inum;
	key.pid = task->tgid;
	key.uid = task->cred->uid.val;
	gadget_copy_comm_(key.comm, task->comm);
	value = bpf_map_lookup_or_try_init(&syscalls, &key, &empty_value);
	if (!value) {
		gadget_count_lost(&syscalls);
		return 0;
	}
	__sync_fetch_and_add(&value->count, 1);
	__sync_fetch_and_add(&value->total_raw, elapsed);
	if (result < 0 && result >= -4095)
		__sync_fetch_and_add(&value->errors, 1);
	if (elapsed > value->max_raw)
		value->max_raw = elapsed;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
