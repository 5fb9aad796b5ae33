// SPDX-License-Identifier: GPL-2.0
// `const volatile` variables of every type that can be set from text.
#include "test_types.h"

enum policy { POLICY_ALLOW = 0, POLICY_DENY = 3, POLICY_ODD = -2 };
enum rights_set { RIGHT_READ = 1, RIGHT_WRITE = 2 };
struct other {
	__u32 a;
	__u32 b;
};

const volatile bool verbose = 1;
const volatile __s8 small = -5;
const volatile __u16 port = 443;
const volatile __u32 targ_uid = 0xffffffff;
const volatile __s32 family = -1;
const volatile __u64 threshold_ns = 10000000000ULL;
const volatile __s64 offset = -9000000000LL;
const volatile char targ_comm[16] = "cat";
const volatile float ratio = 1.5f;
const volatile double factor = 0.25;
const volatile struct gadget_l3endpoint_t peer = {};
const volatile struct gadget_l3endpoint_t peer6 = {.addr_raw = {.v6 = {[15] = 1}}, .version = 6};
const volatile enum policy policy = POLICY_DENY;
const volatile enum rights_set rights = RIGHT_READ;
const volatile struct other other = {1, 2};
const volatile __u32 custom SEC(".rodata.custom") = 77;
const __u32 only_const = 3;
volatile __u32 only_volatile = 4;
static const volatile __u32 not_global = 5;

GADGET_PARAM(targ_comm);
GADGET_PARAM(policy);

SEC("tracepoint/syscalls/sys_enter_openat")
int use_them(void *ctx)
{
	__u64 sum = verbose + small + port + targ_uid + family + threshold_ns + offset + targ_comm[0];
	sum += peer.version + peer6.version + policy + rights + other.a + custom + only_volatile + not_global;
	sum += *(volatile const __u32 *)&only_const;
	return (int)sum;
}

char LICENSE[] SEC("license") = "GPL";
