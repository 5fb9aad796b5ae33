/* SPDX-License-Identifier: GPL-2.0 */
/* Who is doing what the program sees. Include <vmlinux.h> first. */
#ifndef GADGET_COMMON_H
#define GADGET_COMMON_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <gadget/core_types.h>
#include <gadget/mntns.h>
#include <gadget/types.h>

/* Copies the 16 bytes of a task's name in two loads instead of a helper call. */
static __always_inline void gadget_copy_comm_(char to[TASK_COMM_LEN], const char from[TASK_COMM_LEN])
{
	((__u64 *)to)[0] = ((const volatile __u64 *)from)[0];
	((__u64 *)to)[1] = ((const volatile __u64 *)from)[1];
}

/*
 * Fills every byte of *p from the task (a pointer the verifier trusts to be a task_struct: bpf_get_current_task_btf(),
 * or the context of a task iterator). Plain loads that the kernel checks for us: no helper is called.
 */
static __always_inline void gadget_process_populate_from_task(struct gadget_process *p, struct task_struct *of)
{
	struct task_struct___gadget *task = (void *)of;
	struct task_struct___gadget *parent = task->real_parent;
	const struct cred___gadget *cred = task->cred;

	gadget_copy_comm_(p->comm, task->comm);
	p->pid = task->tgid;
	p->tid = task->pid;
	p->mntns_id = task->nsproxy->mnt_ns->ns.inum;
	p->creds.uid = cred->uid.val;
	p->creds.gid = cred->gid.val;
	gadget_copy_comm_(p->parent.comm, parent->comm);
	p->parent.pid = parent->tgid;
	p->parent.tid = parent->pid;
}

/* Fills every byte of *p from the current task. */
static __always_inline void gadget_process_populate(struct gadget_process *p)
{
	gadget_process_populate_from_task(p, bpf_get_current_task_btf());
}

#endif /* GADGET_COMMON_H */
