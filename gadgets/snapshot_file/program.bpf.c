// SPDX-License-Identifier: GPL-2.0
/* snapshot_file: the files that processes have open now. */
#include <vmlinux.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define GADGET_NO_BUF_RESERVE
#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filesystem.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

/* The bits of the parameter type-mask. */
enum file_type {
	REGULAR = 0,
	CHAR_DEVICE = 1,
	BLOCK_DEVICE = 2,
	FIFO = 3,
	DIRECTORY = 4,
	SOCKET = 5,
	SYMLINK = 6,
	OTHER = 7, /* eventfd, epoll, bpf objects ... */
};

struct file_entry {
	struct gadget_process proc;
	__u32 fd;
	enum file_type type_raw;
	gadget_file_flags flags_raw;
	gadget_file_mode mode_raw;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 inode;
	char path[GADGET_PATH_MAX];
};

const volatile bool paths = false;
GADGET_PARAM(paths);

const volatile __u32 file_type_mask = (1 << REGULAR) | (1 << DIRECTORY);
GADGET_PARAM(file_type_mask);

GADGET_ITER(files, file_entry, ig_snap_file);

GADGET_SCRATCH(scratch, struct file_entry);

static __always_inline enum file_type type_of(__u32 mode)
{
	switch (mode & 0170000) { /* S_IFMT */
	case 0100000:
		return REGULAR;
	case 0020000:
		return CHAR_DEVICE;
	case 0060000:
		return BLOCK_DEVICE;
	case 0010000:
		return FIFO;
	case 0040000:
		return DIRECTORY;
	case 0140000:
		return SOCKET;
	case 0120000:
		return SYMLINK;
	}
	return OTHER;
}

SEC("iter/task_file")
int ig_snap_file(struct bpf_iter__task_file *ctx)
{
	struct file___gadget *file = (void *)ctx->file;
	struct task_struct *task = ctx->task;
	struct file_entry *entry;
	enum file_type type;
	struct inode___gadget *inode;
	dev_t device;

	if (!task || !file)
		return 0;
	inode = file->f_inode;
	type = type_of(inode->i_mode);
	if (!(file_type_mask & (1u << type)))
		return 0;
	entry = gadget_scratch(&scratch);
	if (!entry)
		return 0;

	gadget_process_populate_from_task(&entry->proc, task);
	if (gadget_should_discard_data(entry->proc.mntns_id, entry->proc.pid, entry->proc.tid, entry->proc.comm,
				       entry->proc.creds.uid, entry->proc.creds.gid))
		return 0;
	device = inode->i_sb->s_dev;
	entry->fd = ctx->fd;
	entry->type_raw = type;
	entry->flags_raw = file->f_flags;
	entry->mode_raw = inode->i_mode;
	entry->dev_major = device >> 20;
	entry->dev_minor = device & ((1u << 20) - 1);
	entry->inode = inode->i_ino;
	__builtin_memset(entry->path, 0, sizeof(entry->path));
	if (paths)
		gadget_read_file_path(ctx->file, entry->path, sizeof(entry->path));
	else
		bpf_probe_read_kernel_str(entry->path, sizeof(entry->path),
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	bpf_seq_write(ctx->meta->seq, entry, sizeof(*entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
