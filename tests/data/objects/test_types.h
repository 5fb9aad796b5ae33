/* SPDX-License-Identifier: GPL-2.0 */
/* What the objects for the unit tests need of the kernel's types, libbpf's macros and the gadget macros: small, and
 * independent of the SDK, so that the tests see the encoding itself. */
#ifndef TEST_TYPES_H
#define TEST_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef _Bool bool;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
};

#define GADGET_TRACER(name, map, type)                                          \
	const void *gadget_tracer_##name##___##map##___##type __attribute__((unused)); \
	const struct type *__gadget_tracer_type_##name __attribute__((unused))
#define GADGET_ITER_ONE(name, type, program)                                       \
	const void *gadget_iter_##name##___##type##___##program __attribute__((unused)); \
	const struct type *unusedevent_##name##___##type __attribute__((unused))
#define GADGET_ITER_TWO(name, type, first, second)                                           \
	const void *gadget_iter_##name##___##type##___##first##___##second __attribute__((unused)); \
	const struct type *unusedevent_##name##___##type __attribute__((unused))
#define GADGET_SNAPSHOTTER_ONE(name, type, program)                                       \
	const void *gadget_snapshotter_##name##___##type##___##program __attribute__((unused)); \
	const struct type *unusedevent_##name##___##type __attribute__((unused))
#define GADGET_MAPITER(name, map) const void *gadget_mapiter_##name##___##map __attribute__((unused))
#define GADGET_ITER_TARGET_MAP(program, map) \
	const void *gadget_mapelem_iter_target_##program##___##map __attribute__((unused))
#define GADGET_PARAM(name) const void *gadget_param_##name __attribute__((unused))

typedef __u64 gadget_mntns_id;
typedef __u64 gadget_timestamp;
typedef __u32 gadget_errno;
typedef char gadget_comm;
typedef __u32 gadget_histogram_slot__u32;
typedef __u64 gadget_histogram_slot__u64;

union gadget_ip_addr_t {
	__u8 v6[16];
	unsigned __int128 v6_raw;
	__u32 v4;
};

struct gadget_l3endpoint_t {
	union gadget_ip_addr_t addr_raw;
	__u8 version;
};

struct gadget_creds {
	__u32 uid;
	__u32 gid;
};

struct gadget_parent {
	gadget_comm comm[16];
	__u32 pid;
	__u32 tid;
};

struct gadget_process {
	gadget_comm comm[16];
	__u32 pid;
	__u32 tid;
	gadget_mntns_id mntns_id;
	struct gadget_creds creds;
	struct gadget_parent parent;
};

#endif
