// SPDX-License-Identifier: GPL-2.0
/* advise_seccomp: which system calls the processes of each mount namespace make. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <gadget/common.h>
#include <gadget/core_fixes.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define SYSCALLS_MAX 512 /* a power of two above all numbers */

struct key {
	gadget_mntns_id mntns_id_raw;
};

struct value {
	__u8 syscalls_raw[SYSCALLS_MAX]; /* 1: was called */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct key);
	__type(value, struct value);
} seen SEC(".maps");

GADGET_MAPITER(syscalls, seen);

static const struct value none;

SEC("raw_tracepoint/sys_enter")
int ig_seccomp_e(struct bpf_raw_tracepoint_args *ctx)
{
	struct key key = {.mntns_id_raw = gadget_get_current_mntns_id()};
	__u64 number = ctx->args[1];
	struct value *value;

	if (number >= SYSCALLS_MAX || gadget_should_discard_data_current())
		return 0;
	value = bpf_map_lookup_elem(&seen, &key);
	if (!value) {
		bpf_map_update_elem(&seen, &key, &none, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&seen, &key);
		if (!value)
			return 0;
	}
	value->syscalls_raw[number & (SYSCALLS_MAX - 1)] = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
