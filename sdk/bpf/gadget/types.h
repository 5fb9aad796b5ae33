/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types the runtime knows how to render or enrich.
 *
 * The *name* of a type is what counts: the runtime finds it in the BTF of the event struct. Where a type has a textual
 * form, the usual style is a member with the suffix "_raw" (`gadget_errno error_raw`): the text then appears as a field
 * without the suffix (`error`) and the raw one is hidden.
 *
 * Include <vmlinux.h> first.
 */
#ifndef GADGET_TYPES_H
#define GADGET_TYPES_H

#ifndef TASK_COMM_LEN
#define TASK_COMM_LEN 16
#endif

/* An IPv4 address stands in the first four bytes, in network order. */
union gadget_ip_addr_t {
	__u8 v6[16];
	unsigned __int128 v6_raw;
	__u32 v4;
};

/* An address. version is 4 or 6. Gets the text field `addr`. */
struct gadget_l3endpoint_t {
	union gadget_ip_addr_t addr_raw;
	__u8 version;
};

/* An address and a port. port is in host order, proto_raw is an IPPROTO_ number. Gets `addr`, `proto`, `endpoint`. */
struct gadget_l4endpoint_t {
	union gadget_ip_addr_t addr_raw;
	__u16 port;
	__u16 proto_raw;
	__u8 version;
};

/* Inode numbers of namespaces: what /proc/PID/ns/{mnt,net} point to. */
typedef __u64 gadget_mntns_id;
typedef __u32 gadget_netns_id;

/* Nanoseconds since boot, as bpf_ktime_get_boot_ns() counts; shown as wall-clock time. */
typedef __u64 gadget_timestamp;

typedef __u32 gadget_signal;     /* SIGTERM ... */
typedef __u32 gadget_errno;      /* positive: ENOENT ...; 0 is no error */
typedef __u64 gadget_syscall;    /* number of a system call */
typedef __u32 gadget_file_mode;  /* S_IFMT and permission bits */
typedef __u32 gadget_file_flags; /* O_RDONLY ... */

typedef __u32 gadget_uid; /* looked up in the host's passwd */
typedef __u32 gadget_gid; /* looked up in the host's group */

typedef __u32 gadget_ifindex; /* index of a network interface, shown as its name */

typedef __u64 gadget_bytes;    /* shown as 4.1 kB */
typedef __u64 gadget_duration; /* nanoseconds, shown as 1.25ms */

typedef __u32 gadget_pid; /* process, as user space counts (the kernel's tgid) */
typedef __u32 gadget_tid; /* thread, as user space counts (the kernel's pid) */
typedef __u32 gadget_ppid;
typedef __u32 gadget_ptid;

/* Use these as arrays of TASK_COMM_LEN. */
typedef char gadget_comm;
typedef char gadget_pcomm;

/* Metric types: exported as counters, gauges, and (an array of slots) exponential histograms. */
typedef __u32 gadget_counter__u32;
typedef __u64 gadget_counter__u64;
typedef __u32 gadget_gauge__u32;
typedef __u64 gadget_gauge__u64;
/* Element i of an array counts the values in [2^(i-1), 2^i); element 0 counts zeros. See get_slot_idx(). */
typedef __u32 gadget_histogram_slot__u32;
typedef __u64 gadget_histogram_slot__u64;

/* Id of a stack in the map ig_kstack, see kernel_stack_map.h. Shown as "function; function; ...". */
typedef __u32 gadget_kernel_stack;

/* A user stack with what is needed to find its symbols, see user_stack_map.h. inode is 0 when none was collected. */
struct gadget_user_stack {
	__u32 major; /* device, inode and mtime identify the executable */
	__u32 minor;
	__u64 inode;
	__u64 mtime_sec;
	__u32 mtime_nsec;
	__u32 base_addr_hash; /* changes when the address space does */
	__u32 stack_id;       /* in the maps ig_ustack and ig_build_id */
	__u32 tgid_level0;    /* in the host's pid namespace */
	__u32 pid_level0;
	__u32 pidns_level0;
	__u32 pid_level1; /* in the first nested pid namespace, or 0 */
	__u32 pidns_level1;
	__u64 otel_correlation_id;
	__u64 boot_timestamp; /* when the stack was collected */
};

struct gadget_creds {
	gadget_uid uid;
	gadget_gid gid;
};

struct gadget_parent {
	gadget_pcomm comm[TASK_COMM_LEN];
	gadget_ppid pid;
	gadget_ptid tid;
};

/* Who did it. By convention the member is called `proc`; gadget_process_populate() in common.h fills it. */
struct gadget_process {
	gadget_comm comm[TASK_COMM_LEN];
	gadget_pid pid;
	gadget_tid tid;
	gadget_mntns_id mntns_id;
	struct gadget_creds creds;
	struct gadget_parent parent;
};

/* Key of the map gadget_sockets. */
struct gadget_socket_key {
	__u32 netns;
	__u16 family;
	__u8 proto;
	__u16 port;
};

/*
 * Value of the map gadget_sockets. Which of the fields from optional_fields_start on exist, and where, is decided at run
 * time: read them with CO-RE accessors only.
 */
struct gadget_socket_value {
	__u64 mntns;
	__u64 pid_tgid;
	__u64 uid_gid;
	char task[TASK_COMM_LEN];
	char ptask[TASK_COMM_LEN];
	__u64 sock;
	__u64 deletion_timestamp;
	__u32 ppid;
	__u32 ptid;
	char ipv6only;
	char optional_fields_start[0] __attribute__((aligned(8)));
	char cwd[4096];
	char exepath[4096];
} __attribute__((preserve_access_index));

/* The layouts are an ABI between gadgets and every program that reads their events. */
#define GADGET_ASSERT_SIZE_(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
#define GADGET_ASSERT_OFFSET_(type, member, offset) \
	_Static_assert(__builtin_offsetof(type, member) == (offset), "offset of " #member " in " #type)

GADGET_ASSERT_SIZE_(union gadget_ip_addr_t, 16);
GADGET_ASSERT_SIZE_(struct gadget_l3endpoint_t, 32);
GADGET_ASSERT_OFFSET_(struct gadget_l3endpoint_t, version, 16);
GADGET_ASSERT_SIZE_(struct gadget_l4endpoint_t, 32);
GADGET_ASSERT_OFFSET_(struct gadget_l4endpoint_t, port, 16);
GADGET_ASSERT_OFFSET_(struct gadget_l4endpoint_t, proto_raw, 18);
GADGET_ASSERT_OFFSET_(struct gadget_l4endpoint_t, version, 20);
GADGET_ASSERT_SIZE_(struct gadget_user_stack, 72);
GADGET_ASSERT_OFFSET_(struct gadget_user_stack, mtime_nsec, 24);
GADGET_ASSERT_OFFSET_(struct gadget_user_stack, stack_id, 32);
GADGET_ASSERT_OFFSET_(struct gadget_user_stack, pidns_level1, 52);
GADGET_ASSERT_OFFSET_(struct gadget_user_stack, boot_timestamp, 64);
GADGET_ASSERT_SIZE_(struct gadget_creds, 8);
GADGET_ASSERT_SIZE_(struct gadget_parent, 24);
GADGET_ASSERT_SIZE_(struct gadget_process, 64);
GADGET_ASSERT_OFFSET_(struct gadget_process, mntns_id, 24);
GADGET_ASSERT_OFFSET_(struct gadget_process, creds, 32);
GADGET_ASSERT_OFFSET_(struct gadget_process, parent, 40);
GADGET_ASSERT_SIZE_(struct gadget_socket_key, 12);
GADGET_ASSERT_OFFSET_(struct gadget_socket_key, port, 8);
GADGET_ASSERT_SIZE_(struct gadget_socket_value, 8280);
GADGET_ASSERT_OFFSET_(struct gadget_socket_value, ipv6only, 80);
GADGET_ASSERT_OFFSET_(struct gadget_socket_value, cwd, 88);
GADGET_ASSERT_OFFSET_(struct gadget_socket_value, exepath, 4184);

#endif /* GADGET_TYPES_H */
