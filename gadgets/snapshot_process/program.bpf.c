// SPDX-License-Identifier: GPL-2.0
/* snapshot_process: the processes (or threads) there are now. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

/* include/linux/sched.h: bits of a task's state, and of its exit state, that user space knows. */
#define STATE_BITS 0x7f
#define STATE_NO_LOAD 0x400 /* with UNINTERRUPTIBLE: idle */

enum process_state {
	RUNNING = 0,
	SLEEPING = 1,
	DISK_SLEEP = 2,
	STOPPED = 4,
	TRACED = 8,
	DEAD = 16,
	ZOMBIE = 32,
	PARKED = 64,
	IDLE = 128,
};

struct process_entry {
	struct gadget_process proc;
	enum process_state state_raw;
	bool kernel; /* a kernel thread */
	gadget_timestamp start_time_raw;
};

const volatile bool show_threads = false;
GADGET_PARAM(show_threads);

GADGET_ITER(processes, process_entry, ig_snap_proc);

static __always_inline enum process_state state_of(struct task_struct___gadget *task)
{
	__u32 bits = get_task_state(task) | task->exit_state;

	if ((bits & (DISK_SLEEP | STATE_NO_LOAD)) == (DISK_SLEEP | STATE_NO_LOAD))
		return IDLE;
	bits &= STATE_BITS;
	for (int i = 6; i >= 0; i--) {
		if (bits & (1u << i))
			return 1u << i;
	}
	return RUNNING;
}

SEC("iter/task")
int ig_snap_proc(struct bpf_iter__task *ctx)
{
	struct task_struct___gadget *task = (void *)ctx->task;
	struct process_entry entry = {};
	struct gadget_process *proc = &entry.proc;

	if (!task || (!show_threads && task->tgid != task->pid))
		return 0;
	gadget_process_populate_from_task(proc, (struct task_struct *)task);
	if (gadget_should_discard_data(proc->mntns_id, proc->pid, proc->tid, proc->comm, proc->creds.uid,
				       proc->creds.gid))
		return 0;
	entry.state_raw = state_of(task);
	entry.kernel = task->flags & 0x00200000; /* PF_KTHREAD */
	entry.start_time_raw = task->start_boottime;
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
