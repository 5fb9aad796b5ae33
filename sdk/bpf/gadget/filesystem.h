/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of files the kernel has open. Include <vmlinux.h> first. */
#ifndef GADGET_FILESYSTEM_H
#define GADGET_FILESYSTEM_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#ifndef NAME_MAX
#define NAME_MAX 255
#endif

/* Longest path in an event, with its NUL. Longer ones lose their beginning. */
#define GADGET_PATH_MAX 512
/* Deepest path, counted in names and mount points. */
#define MAX_PATH_COMPONENTS 80

/* Paths are built from their end, in the first half of this buffer; the second half is for the verifier's sake. */
#define GADGET_PATH_BUFFER_SIZE 32768
#define GADGET_PATH_HALF_ (GADGET_PATH_BUFFER_SIZE / 2)

struct gadget_path_buffer {
	char bytes[GADGET_PATH_BUFFER_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gadget_path_buffer);
} bufs SEC(".maps");

/*
 * The path from the root of the file's mount namespace, as NUL-terminated text in a per-CPU buffer that the next call
 * overwrites; NULL on failure. `path` may be on the stack or in the kernel. What has no place in the tree (memfd, pipe,
 * socket) yields its bare name.
 */
static __always_inline void *get_path_str(struct path *path)
{
	__u32 zero = 0, at = GADGET_PATH_HALF_ - 1;
	struct gadget_path_buffer *buffer = bpf_map_lookup_elem(&bufs, &zero);
	struct path start = {};

	if (!buffer || bpf_probe_read_kernel(&start, sizeof(start), path) != 0)
		return NULL;

	struct dentry *dentry = start.dentry;
	struct mount *mount = container_of(start.mnt, struct mount, mnt);

	buffer->bytes[at] = '\0';
	for (int i = 0; i < MAX_PATH_COMPONENTS; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *up = BPF_CORE_READ(mount, mnt_parent);

			if (up == mount)
				break; /* the root of the namespace */
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = up;
			continue;
		}
		if (dentry == parent)
			break; /* not in the tree */

		__u32 length = BPF_CORE_READ(dentry, d_name.len) & 255;
		const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);

		if (length == 0 || length + 1 >= at)
			break;
		at -= length;
		bpf_probe_read_kernel(&buffer->bytes[at & (GADGET_PATH_HALF_ - 1)], length, name);
		at -= 1;
		buffer->bytes[at & (GADGET_PATH_HALF_ - 1)] = '/';
		dentry = parent;
	}
	if (at == GADGET_PATH_HALF_ - 1) { /* "/" itself, or something without a place */
		at = 0;
		bpf_probe_read_kernel_str(buffer->bytes, GADGET_PATH_MAX, BPF_CORE_READ(dentry, d_name.name));
	}
	return &buffer->bytes[at & (GADGET_PATH_HALF_ - 1)];
}

/* The file behind a descriptor of the current task, or NULL. */
static __always_inline struct file *get_struct_file_for_fd(int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < 0 || (unsigned int)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return file;
}

/* Copies the path of an open file to `to`; returns the bytes written with the NUL, or a negative error. */
static __always_inline long gadget_read_file_path(struct file *file, char *to, __u64 size)
{
	struct path path;
	const char *text;

	if (!file)
		return -1;
	path = BPF_CORE_READ(file, f_path);
	text = get_path_str(&path);
	return text ? bpf_probe_read_kernel_str(to, size, text) : -1;
}

/* Copies the path of the file behind a descriptor of the current task to `to`; the result is as above. */
static __always_inline long read_full_path_of_open_file_fd(int fd, char *to, __u64 size)
{
	return gadget_read_file_path(get_struct_file_for_fd(fd), to, size);
}

#endif /* GADGET_FILESYSTEM_H */
