/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of files the kernel has open. Include <vmlinux.h> first. */
#ifndef GADGET_FILESYSTEM_H
#define GADGET_FILESYSTEM_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <gadget/core_types.h>

#ifndef NAME_MAX
#define NAME_MAX 255
#endif

/* Longest path in an event, with its NUL. Longer ones lose their beginning. */
#define GADGET_PATH_MAX 512
/* Deepest path, counted in names and mount points. */
#define MAX_PATH_COMPONENTS 80

/* Paths are built from their end. The room for one name behind the buffer is for the verifier's sake. */
#define GADGET_PATH_BUFFER_SIZE 16384

struct gadget_path_buffer {
	char bytes[GADGET_PATH_BUFFER_SIZE + NAME_MAX + 1];
	__u32 at; /* where the text begins so far; here, and not on the stack, the verifier forgets its value */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gadget_path_buffer);
} bufs SEC(".maps");

/* One step of the walk from a file up to the root of its mount namespace. */
struct gadget_path_walk_ {
	struct dentry___gadget *dentry;
	struct mount___gadget *mount;
	struct gadget_path_buffer *buffer;
};

/* Puts one name in front of the text, or crosses a mount point. Returns 1 at the top, as bpf_loop() wants it. */
static long gadget_path_step_(__u32 step, void *context)
{
	struct gadget_path_walk_ *walk = context;
	struct dentry___gadget *dentry = walk->dentry;
	struct dentry___gadget *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount___gadget *mount = walk->mount;
	const unsigned char *name;
	__u32 length, at = walk->buffer->at;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount___gadget *up = BPF_CORE_READ(mount, mnt_parent);

		if (up == mount)
			return 1; /* the root of the namespace */
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = up;
		return 0;
	}
	if (dentry == parent)
		return 1; /* not in the tree */

	length = BPF_CORE_READ(dentry, d_name.len) & 255;
	name = BPF_CORE_READ(dentry, d_name.name);
	if (length == 0 || length + 1 >= at)
		return 1;
	/* The verifier of Linux 6.12 forgets the bound above when it sees the comparison. */
	asm volatile("if %[l] <= 255 goto +1\n\t%[l] = 255" : [l] "+r"(length));
	at -= length;
	bpf_probe_read_kernel(&walk->buffer->bytes[at & (GADGET_PATH_BUFFER_SIZE - 1)], length, name);
	at -= 1;
	walk->buffer->bytes[at & (GADGET_PATH_BUFFER_SIZE - 1)] = '/';
	walk->buffer->at = at;
	walk->dentry = parent;
	return 0;
}

/*
 * The path from the root of the file's mount namespace, as NUL-terminated text in a per-CPU buffer that the next call
 * overwrites; NULL on failure. `path` may be on the stack or in the kernel. What has no place in the tree (memfd, pipe,
 * socket) yields its bare name.
 */
static __always_inline void *get_path_str(struct path *path)
{
	struct gadget_path_walk_ walk = {};
	struct path___gadget start = {};
	__u32 zero = 0, at;

	walk.buffer = bpf_map_lookup_elem(&bufs, &zero);
	if (!walk.buffer || bpf_probe_read_kernel(&start, sizeof(start), path) != 0)
		return NULL;
	walk.buffer->at = GADGET_PATH_BUFFER_SIZE - 1;
	walk.dentry = start.dentry;
	walk.mount = container_of(start.mnt, struct mount___gadget, mnt);
	walk.buffer->bytes[GADGET_PATH_BUFFER_SIZE - 1] = '\0';
	bpf_loop(MAX_PATH_COMPONENTS, gadget_path_step_, &walk, 0);

	at = walk.buffer->at & (GADGET_PATH_BUFFER_SIZE - 1);
	if (at == GADGET_PATH_BUFFER_SIZE - 1) { /* "/" itself, or something without a place */
		struct dentry___gadget *dentry = walk.dentry;

		at = 0;
		bpf_probe_read_kernel_str(walk.buffer->bytes, GADGET_PATH_MAX, BPF_CORE_READ(dentry, d_name.name));
	}
	return &walk.buffer->bytes[at];
}

/* The file behind a descriptor of the current task, or NULL. */
static __always_inline struct file *get_struct_file_for_fd(int fd)
{
	struct task_struct___gadget *task = (void *)bpf_get_current_task();
	struct fdtable___gadget *table = BPF_CORE_READ(task, files, fdt);
	struct file___gadget **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < 0 || (unsigned int)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return file;
}

/* Copies the path of an open file to `to`; returns the bytes written with the NUL, or a negative error. */
static __always_inline long gadget_read_file_path(struct file *of, char *to, __u64 size)
{
	struct file___gadget *file = (void *)of;
	const char *text;

	if (!file)
		return -1;
	text = get_path_str((struct path *)__builtin_preserve_access_index(&file->f_path));
	return text ? bpf_probe_read_kernel_str(to, size, text) : -1;
}

/* Copies the path of the file behind a descriptor of the current task to `to`; the result is as above. */
static __always_inline long read_full_path_of_open_file_fd(int fd, char *to, __u64 size)
{
	return gadget_read_file_path(get_struct_file_for_fd(fd), to, size);
}

#endif /* GADGET_FILESYSTEM_H */
