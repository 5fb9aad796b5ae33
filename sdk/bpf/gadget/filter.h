/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters pid, tid, uid, gid and comm that most gadgets share, and the container filter.
 *
 * They are constants for the verifier, so a filter that is not set leaves no instruction behind. Names are as in user
 * space: pid is a process (the kernel's tgid), tid a thread (the kernel's pid). Include <vmlinux.h> first.
 */
#ifndef GADGET_FILTER_H
#define GADGET_FILTER_H

#include <bpf/bpf_helpers.h>
#include <gadget/macros.h>
#include <gadget/mntns_filter.h>
#include <gadget/types.h>

#define GADGET_INVALID_ID ((__u32)-1)

const volatile gadget_pid targ_pid = 0; /* 0: any */
GADGET_PARAM(targ_pid);

const volatile gadget_tid targ_tid = 0; /* 0: any */
GADGET_PARAM(targ_tid);

const volatile gadget_uid targ_uid = GADGET_INVALID_ID; /* GADGET_INVALID_ID: any */
GADGET_PARAM(targ_uid);

const volatile gadget_gid targ_gid = GADGET_INVALID_ID; /* GADGET_INVALID_ID: any */
GADGET_PARAM(targ_gid);

const volatile gadget_comm targ_comm[TASK_COMM_LEN] = {}; /* empty: any */
GADGET_PARAM(targ_comm);

static __always_inline bool gadget_should_discard_pid(gadget_pid pid)
{
	return targ_pid != 0 && targ_pid != pid;
}

static __always_inline bool gadget_should_discard_tid(gadget_tid tid)
{
	return targ_tid != 0 && targ_tid != tid;
}

static __always_inline bool gadget_should_discard_uid(gadget_uid uid)
{
	return targ_uid != GADGET_INVALID_ID && targ_uid != uid;
}

static __always_inline bool gadget_should_discard_gid(gadget_gid gid)
{
	return targ_gid != GADGET_INVALID_ID && targ_gid != gid;
}

static __always_inline bool gadget_should_discard_comm(gadget_comm comm[TASK_COMM_LEN])
{
	if (targ_comm[0] == '\0')
		return false;
	for (int i = 0; i < TASK_COMM_LEN; i++) {
		if (comm[i] != targ_comm[i])
			return true;
		if (comm[i] == '\0')
			break;
	}
	return false;
}

/* Whether an event with these properties is not wanted. */
static __always_inline bool gadget_should_discard_data(gadget_mntns_id mntns_id, gadget_pid pid, gadget_tid tid,
						       gadget_comm comm[TASK_COMM_LEN], gadget_uid uid,
						       gadget_gid gid)
{
	return gadget_should_discard_pid(pid) || gadget_should_discard_tid(tid) || gadget_should_discard_uid(uid) ||
	       gadget_should_discard_gid(gid) || gadget_should_discard_mntns_id(mntns_id) ||
	       gadget_should_discard_comm(comm);
}

/* Whether an event of the current task is not wanted. Looks up only what a filter asks for, the cheapest first. */
static __always_inline bool gadget_should_discard_data_current(void)
{
	if (targ_pid != 0 || targ_tid != 0) {
		__u64 pid_tgid = bpf_get_current_pid_tgid();

		if (gadget_should_discard_pid(pid_tgid >> 32) || gadget_should_discard_tid((__u32)pid_tgid))
			return true;
	}
	if (targ_uid != GADGET_INVALID_ID || targ_gid != GADGET_INVALID_ID) {
		__u64 uid_gid = bpf_get_current_uid_gid();

		if (gadget_should_discard_uid((__u32)uid_gid) || gadget_should_discard_gid(uid_gid >> 32))
			return true;
	}
	if (gadget_filter_by_mntns && gadget_should_discard_mntns_id(gadget_get_current_mntns_id()))
		return true;
	if (targ_comm[0] != '\0') {
		gadget_comm comm[TASK_COMM_LEN];

		bpf_get_current_comm(comm, sizeof(comm));
		if (gadget_should_discard_comm(comm))
			return true;
	}
	return false;
}

/*
 * Whether an event that belongs to this socket (an entry of the map gadget_sockets) is not wanted. A socket of unknown
 * owner (NULL) passes only when no filter is set.
 */
static __always_inline bool gadget_should_discard_data_by_skb(struct gadget_socket_value *owner)
{
	if (!owner)
		return targ_pid != 0 || targ_tid != 0 || targ_uid != GADGET_INVALID_ID ||
		       targ_gid != GADGET_INVALID_ID || targ_comm[0] != '\0' || gadget_filter_by_mntns;
	return gadget_should_discard_data(owner->mntns, owner->pid_tgid >> 32, (__u32)owner->pid_tgid, owner->task,
					  (__u32)owner->uid_gid, owner->uid_gid >> 32);
}

#endif /* GADGET_FILTER_H */
