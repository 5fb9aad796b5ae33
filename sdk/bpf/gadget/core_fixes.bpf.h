/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One name for things that moved or were renamed from kernel to kernel. CO-RE decides at load time which branch stays.
 * Include <vmlinux.h> first.
 */
#ifndef GADGET_CORE_FIXES_BPF_H
#define GADGET_CORE_FIXES_BPF_H

#include <bpf/bpf_core_read.h>

#define GADGET_CORE_ __attribute__((preserve_access_index))

/*
 * For branches that must never be reached: if the verifier gets here, loading fails with the same "invalid func" as for
 * a CO-RE relocation that found no target.
 */
static void (*bpf_core_unreachable)(void) = (void *)0xbad2310;

/* task_struct::state became ::__state in 5.14. */
struct task_struct___gadget_state {
	volatile long state;
} GADGET_CORE_;
struct task_struct___gadget_state_5_14 {
	unsigned int __state;
} GADGET_CORE_;

static __always_inline __s64 get_task_state(void *task)
{
	struct task_struct___gadget_state_5_14 *now = task;
	struct task_struct___gadget_state *before = task;

	if (bpf_core_field_exists(now->__state))
		return BPF_CORE_READ(now, __state);
	return BPF_CORE_READ(before, state);
}

/* bio::bi_disk became bio::bi_bdev->bd_disk in 5.12. */
struct bio___gadget_disk {
	struct gendisk *bi_disk;
} GADGET_CORE_;
struct bio___gadget_bdev {
	struct block_device *bi_bdev;
} GADGET_CORE_;

static __always_inline struct gendisk *get_gendisk(void *bio)
{
	struct bio___gadget_bdev *now = bio;
	struct bio___gadget_disk *before = bio;

	if (bpf_core_field_exists(now->bi_bdev))
		return BPF_CORE_READ(now, bi_bdev, bd_disk);
	return BPF_CORE_READ(before, bi_disk);
}

/* request::rq_disk became request::q->disk in 5.17. */
struct request_queue___gadget_disk {
	struct gendisk *disk;
} GADGET_CORE_;
struct request___gadget_disk {
	struct request_queue___gadget_disk *q;
	struct gendisk *rq_disk;
} GADGET_CORE_;

static __always_inline struct gendisk *get_disk(void *request)
{
	struct request___gadget_disk *rq = request;

	if (bpf_core_field_exists(rq->rq_disk))
		return BPF_CORE_READ(rq, rq_disk);
	return BPF_CORE_READ(rq, q, disk);
}

/* The event class of block_rq_complete has another name since block_rq_error joined it in 5.18. */
struct trace_event_raw_block_rq_completion___gadget {
	dev_t dev;
} GADGET_CORE_;

static __always_inline bool has_block_rq_completion(void)
{
	return bpf_core_type_exists(struct trace_event_raw_block_rq_completion___gadget);
}

/* struct renamedata had this field from 5.12 until 6.3. */
struct renamedata___gadget {
	struct user_namespace *old_mnt_userns;
} GADGET_CORE_;

static __always_inline bool renamedata_has_old_mnt_userns_field(void)
{
	return bpf_core_field_exists(struct renamedata___gadget, old_mnt_userns);
}

/* kmem_free was split into kfree and kmem_cache_free in 5.12. */
struct trace_event_raw_kfree___gadget {
	const void *ptr;
} GADGET_CORE_;
struct trace_event_raw_kmem_cache_free___gadget {
	const void *ptr;
} GADGET_CORE_;

static __always_inline bool has_kfree(void)
{
	return bpf_core_type_exists(struct trace_event_raw_kfree___gadget);
}

static __always_inline bool has_kmem_cache_free(void)
{
	return bpf_core_type_exists(struct trace_event_raw_kmem_cache_free___gadget);
}

/* tcp_retransmit_skb left its event class in 6.15 and got a struct of its own. */
struct trace_event_raw_tcp_event_sk_skb___gadget {
	const void *skbaddr;
	const void *skaddr;
} GADGET_CORE_;
struct trace_event_raw_tcp_retransmit_skb___gadget {
	const void *skbaddr;
	const void *skaddr;
} GADGET_CORE_;

static __always_inline const void *gadget_get_tcp_retransmit_skb_skbaddr(void *ctx)
{
	struct trace_event_raw_tcp_retransmit_skb___gadget *now = ctx;
	struct trace_event_raw_tcp_event_sk_skb___gadget *before = ctx;

	if (bpf_core_type_exists(struct trace_event_raw_tcp_retransmit_skb___gadget))
		return BPF_CORE_READ(now, skbaddr);
	return BPF_CORE_READ(before, skbaddr);
}

static __always_inline const void *gadget_get_tcp_retransmit_skb_skaddr(void *ctx)
{
	struct trace_event_raw_tcp_retransmit_skb___gadget *now = ctx;
	struct trace_event_raw_tcp_event_sk_skb___gadget *before = ctx;

	if (bpf_core_type_exists(struct trace_event_raw_tcp_retransmit_skb___gadget))
		return BPF_CORE_READ(now, skaddr);
	return BPF_CORE_READ(before, skaddr);
}

/* Times of an inode: a timespec64 until 6.5 (ctime) and 6.6, one behind "__" until 6.10, two integers since 6.11. */
struct inode___gadget_two {
	time64_t i_ctime_sec;
	__u32 i_ctime_nsec;
	time64_t i_mtime_sec;
	__u32 i_mtime_nsec;
} GADGET_CORE_;
struct inode___gadget_underscores {
	struct timespec64 __i_ctime;
	struct timespec64 __i_mtime;
} GADGET_CORE_;
struct inode___gadget_timespec {
	struct timespec64 i_ctime;
	struct timespec64 i_mtime;
} GADGET_CORE_;

/* Change time of an inode in nanoseconds since the epoch. */
static __always_inline __u64 gadget_get_ctime_nanosec_from_inode(struct inode *inode)
{
	struct inode___gadget_two *two = (void *)inode;
	struct inode___gadget_underscores *underscores = (void *)inode;
	struct inode___gadget_timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(two->i_ctime_sec))
		return BPF_CORE_READ(two, i_ctime_sec) * 1000000000ull + BPF_CORE_READ(two, i_ctime_nsec);
	if (bpf_core_field_exists(underscores->__i_ctime))
		return BPF_CORE_READ(underscores, __i_ctime.tv_sec) * 1000000000ull +
		       BPF_CORE_READ(underscores, __i_ctime.tv_nsec);
	return BPF_CORE_READ(timespec, i_ctime.tv_sec) * 1000000000ull + BPF_CORE_READ(timespec, i_ctime.tv_nsec);
}

/* Modification time of an inode: seconds since the epoch and nanoseconds. */
static __always_inline void gadget_inode_get_mtime(struct inode *inode, __u64 *sec, __u32 *nsec)
{
	struct inode___gadget_two *two = (void *)inode;
	struct inode___gadget_underscores *underscores = (void *)inode;
	struct inode___gadget_timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(two->i_mtime_sec)) {
		*sec = BPF_CORE_READ(two, i_mtime_sec);
		*nsec = BPF_CORE_READ(two, i_mtime_nsec);
	} else if (bpf_core_field_exists(underscores->__i_mtime)) {
		*sec = BPF_CORE_READ(underscores, __i_mtime.tv_sec);
		*nsec = BPF_CORE_READ(underscores, __i_mtime.tv_nsec);
	} else {
		*sec = BPF_CORE_READ(timespec, i_mtime.tv_sec);
		*nsec = BPF_CORE_READ(timespec, i_mtime.tv_nsec);
	}
}

/*
 * Registers of a task that is in a system call. Both structs are looked for in the running kernel, so one object could
 * run on either architecture.
 */
struct pt_regs___gadget_x86 {
	unsigned long r10, r9, r8, dx, si, di, orig_ax;
} GADGET_CORE_;
struct pt_regs___gadget_arm64 {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
} GADGET_CORE_;

/* Number of the system call, or -1 on an architecture that is not known. */
static __always_inline long gadget_get_syscall_nr(struct pt_regs *regs)
{
	struct pt_regs___gadget_x86 *x86 = (void *)regs;
	struct pt_regs___gadget_arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return BPF_CORE_READ(x86, orig_ax);
	if (bpf_core_field_exists(arm64->syscallno))
		return BPF_CORE_READ(arm64, syscallno);
	return -1;
}

/*
 * Argument 1 ... 6 (a constant) of the system call. Right at its entry *and* at its exit: the registers still hold the
 * arguments there, except the first on arm64, which has a copy in orig_x0.
 */
static __always_inline unsigned long gadget_get_syscall_arg(struct pt_regs *regs, int number)
{
	struct pt_regs___gadget_x86 *x86 = (void *)regs;
	struct pt_regs___gadget_arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(x86->orig_ax)) {
		switch (number) {
		case 1:
			return BPF_CORE_READ(x86, di);
		case 2:
			return BPF_CORE_READ(x86, si);
		case 3:
			return BPF_CORE_READ(x86, dx);
		case 4:
			return BPF_CORE_READ(x86, r10);
		case 5:
			return BPF_CORE_READ(x86, r8);
		case 6:
			return BPF_CORE_READ(x86, r9);
		}
		return 0;
	}
	if (bpf_core_field_exists(arm64->orig_x0)) {
		switch (number) {
		case 1:
			return BPF_CORE_READ(arm64, orig_x0);
		case 2:
			return BPF_CORE_READ(arm64, regs[1]);
		case 3:
			return BPF_CORE_READ(arm64, regs[2]);
		case 4:
			return BPF_CORE_READ(arm64, regs[3]);
		case 5:
			return BPF_CORE_READ(arm64, regs[4]);
		case 6:
			return BPF_CORE_READ(arm64, regs[5]);
		}
	}
	return 0;
}

/*
 * gadget_regs_syscall_arg(regs, 1 ... 6): the same without a helper call, for registers whose type the verifier knows:
 * those of gadget_current_regs(), or the first argument of a raw tracepoint at sys_enter or sys_exit (tp_btf).
 */
#if defined(__TARGET_ARCH_x86)
#define GADGET_SYSCALL_REG_1_ di
#define GADGET_SYSCALL_REG_2_ si
#define GADGET_SYSCALL_REG_3_ dx
#define GADGET_SYSCALL_REG_4_ r10
#define GADGET_SYSCALL_REG_5_ r8
#define GADGET_SYSCALL_REG_6_ r9
#elif defined(__TARGET_ARCH_arm64)
#define GADGET_SYSCALL_REG_1_ orig_x0
#define GADGET_SYSCALL_REG_2_ regs[1]
#define GADGET_SYSCALL_REG_3_ regs[2]
#define GADGET_SYSCALL_REG_4_ regs[3]
#define GADGET_SYSCALL_REG_5_ regs[4]
#define GADGET_SYSCALL_REG_6_ regs[5]
#endif
#define gadget_regs_syscall_arg(regs, number) ((unsigned long)(regs)->GADGET_SYSCALL_REG_##number##_)
#define gadget_current_regs() ((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()))

#undef GADGET_CORE_

#endif /* GADGET_CORE_FIXES_BPF_H */
