/* SPDX-License-Identifier: GPL-2.0 */
/* The mount namespace of the current task: what tells containers apart. Include <vmlinux.h> first. */
#ifndef GADGET_MNTNS_H
#define GADGET_MNTNS_H

#include <bpf/bpf_helpers.h>
#include <gadget/core_types.h>
#include <gadget/types.h>

/* Inode number of the current task's mount namespace; 0 for a task that is already past the end of its life. */
static __always_inline gadget_mntns_id gadget_get_current_mntns_id(void)
{
	struct task_struct___gadget *task = (void *)bpf_get_current_task_btf();

	return task->nsproxy->mnt_ns->ns.inum;
}

/* The former name of gadget_get_current_mntns_id(). */
static __always_inline gadget_mntns_id gadget_get_mntns_id(void)
{
	return gadget_get_current_mntns_id();
}

#endif /* GADGET_MNTNS_H */
