// SPDX-License-Identifier: GPL-2.0
/* advise_seccomp: which system calls the processes of each mount namespace make. */
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

#define SYSCALLS_MAX 512 /* a power of two above all numbers */

struct profile_key {
	gadget_mntns_id mntns_id_raw;
};

struct profile_value {
	__u8 syscalls_raw[SYSCALLS_MAX]; /* 1: was called */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct profile_key);
	__type(value, struct profile_value);
} seen SEC(".maps");
GADGET_LOST_SAMPLES(seen);

GADGET_MAPITER(syscalls, seen);

static const struct profile_value no_calls = {};

/* The numbers of 32-bit programs are others, so their calls are left out. */
static __always_inline bool is_32_bit(struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
	return regs->cs == 0x23; /* arch/x86/include/asm/segment.h: __USER32_CS */
#else
	return regs->pstate & 0x10; /* arch/arm64/include/uapi/asm/ptrace.h: PSR_MODE32_BIT */
#endif
}

SEC("tp_btf/sys_enter")
int BPF_PROG(ig_seccomp_e, struct pt_regs *regs, __u64 number)
{
	struct profile_key key = {};
	struct profile_value *value;

	if (number >= SYSCALLS_MAX || is_32_bit(regs) || gadget_should_discard_data_current())
		return 0;
	key.mntns_id_raw = gadget_get_current_mntns_id();
	value = bpf_map_lookup_or_try_init(&seen, &key, &no_calls);
	if (!value) {
		gadget_count_lost(&seen);
		return 0;
	}
	value->syscalls_raw[number & (SYSCALLS_MAX - 1)] = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
