// SPDX-License-Identifier: GPL-2.0
// Every kind of CO-RE relocation that a cut of the kernel's types has to serve. With -DTYPE_ID one that it cannot.
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common___some { unsigned int inum; };
struct mnt_namespace { struct ns_common___some ns; };
struct nsproxy { struct mnt_namespace *mnt_ns; };
struct task_struct {
	int pid;
	int no_such_member;
	char comm[16];
	struct nsproxy *nsproxy;
	unsigned int sched_reset_on_fork : 1;
};
struct task_struct___other { long no_such_member_either; };
struct qstr { union { struct { unsigned int hash, len; }; unsigned long long hash_len; }; };
#pragma clang attribute pop
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID___absent = 77 };
typedef struct { int counter; } atomic_t;

SEC("raw_tp/sys_enter")
int relocated(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct___other *other = (void *)task;
	struct qstr *name = (void *)task;
	unsigned long long out = 0;

	out += BPF_CORE_READ(task, pid);
	out += BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	out += BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
	out += BPF_CORE_READ(name, len);
	out += BPF_CORE_READ(task, comm[3]);
	out += bpf_core_field_exists(task->no_such_member) ? 1000 : 1;
	out += bpf_core_field_exists(other->no_such_member_either) ? 1000 : 1;
	out += bpf_core_field_size(task->comm);
	out += bpf_core_type_size(struct nsproxy);
	out += bpf_core_type_exists(atomic_t) ? 3 : 0;
	out += bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
	out += bpf_core_enum_value_exists(enum pid_type, PIDTYPE_PGID___absent) ? 1000 : 1;
#ifdef TYPE_ID
	out += bpf_core_type_id_kernel(struct task_struct);
#endif
	bpf_printk("%llu", out);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
