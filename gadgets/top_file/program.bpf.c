// SPDX-License-Identifier: GPL-2.0
/*
 * top_file: which files processes read and write, how often and how much.
 *
 * The file is known when vfs_read and vfs_write begin, and how much they moved when they return: the file is kept in the
 * task's own storage in between.
 */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/core_types.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/types.h>

#define MAX_ENTRIES 10240
#define NAME_LENGTH 256 /* of the longest name in Linux, with its NUL */

#define FILE_KIND 0170000
#define REGULAR 0100000
#define SOCKET 0140000

struct file_key {
	struct gadget_process proc;
	__u64 inode;
	__u32 dev;
};

struct file_value {
	__u64 reads;
	__u64 writes;
	gadget_bytes rbytes_raw;
	gadget_bytes wbytes_raw;
	char t[2];
	char file[NAME_LENGTH];
};

const volatile bool targ_all_files = false;
GADGET_PARAM(targ_all_files);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct file_key);
	__type(value, struct file_value);
} files SEC(".maps");
GADGET_LOST_SAMPLES(files);

GADGET_MAPITER(file, files);

struct call {
	const struct file *file; /* NULL: no call under way that is wanted */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

static const struct file_value empty_value = {};

static __always_inline int begin(const struct file *file)
{
	const struct file___gadget *of = (const void *)file;
	struct call *call;

	if (gadget_should_discard_data_current())
		return 0;
	if (!targ_all_files && (BPF_CORE_READ(of, f_inode, i_mode) & FILE_KIND) != REGULAR)
		return 0;
	call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (call)
		call->file = file;
	return 0;
}

static __always_inline char kind_of(__u32 mode)
{
	if ((mode & FILE_KIND) == REGULAR)
		return 'R';
	return (mode & FILE_KIND) == SOCKET ? 'S' : 'O';
}

static __always_inline struct file_value *find_value(const struct file___gadget *file)
{
	struct inode___gadget *inode = BPF_CORE_READ(file, f_inode);
	struct file_value *value;
	struct file_key key;

	__builtin_memset(&key, 0, sizeof(key)); /* what lies between the fields is part of the key */
	gadget_process_populate(&key.proc);
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	value = bpf_map_lookup_or_try_init(&files, &key, &empty_value);
	if (!value) {
		gadget_count_lost(&files);
		return NULL;
	}
	if (value->t[0] == '\0') {
		bpf_probe_read_kernel_str(value->file, sizeof(value->file), BPF_CORE_READ(file, f_path.dentry, d_name.name));
		value->t[0] = kind_of(BPF_CORE_READ(inode, i_mode));
	}
	return value;
}

static __always_inline int end(long result, bool is_write)
{
	struct call *call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);
	const struct file___gadget *file;
	struct file_value *value;

	if (!call || !call->file)
		return 0;
	file = (const void *)call->file;
	call->file = NULL;
	if (result < 0)
		return 0;
	value = find_value(file);
	if (!value)
		return 0;
	if (is_write) {
		__sync_fetch_and_add(&value->writes, 1);
		__sync_fetch_and_add(&value->wbytes_raw, result);
	} else {
		__sync_fetch_and_add(&value->reads, 1);
		__sync_fetch_and_add(&value->rbytes_raw, result);
	}
	return 0;
}

SEC("kprobe/vfs_read")
int BPF_KPROBE(ig_read, struct file *file)
{
	return begin(file);
}

SEC("kretprobe/vfs_read")
int BPF_KRETPROBE(ig_read_end, long result)
{
	return end(result, false);
}

SEC("kprobe/vfs_write")
int BPF_KPROBE(ig_write, struct file *file)
{
	return begin(file);
}

SEC("kretprobe/vfs_write")
int BPF_KRETPROBE(ig_write_end, long result)
{
	return end(result, true);
}

char LICENSE[] SEC("license") = "GPL";
