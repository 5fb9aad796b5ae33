/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The members of kernel structs that these headers read, and nothing else of the structs.
 *
 * CO-RE looks for a struct's name without what follows the three underscores, so `struct task_struct___gadget` stands for
 * the kernel's task_struct. An object that reads a member of the full struct carries the description of everything in
 * it; with these, objects are a tenth of the size and load twice as fast. Cast a pointer to use them:
 *
 *   struct task_struct___gadget *task = (void *)bpf_get_current_task_btf();
 */
#ifndef GADGET_CORE_TYPES_H
#define GADGET_CORE_TYPES_H

#define GADGET_CORE_ __attribute__((preserve_access_index))

struct bpf_map___gadget {
	__u32 max_entries;
} GADGET_CORE_;

struct ns_common___gadget {
	unsigned int inum;
} GADGET_CORE_;

struct mnt_namespace___gadget {
	struct ns_common___gadget ns;
} GADGET_CORE_;

struct net___gadget {
	struct ns_common___gadget ns;
} GADGET_CORE_;

struct pid_namespace___gadget {
	struct ns_common___gadget ns;
} GADGET_CORE_;

struct nsproxy___gadget {
	struct mnt_namespace___gadget *mnt_ns;
	struct net___gadget *net_ns;
} GADGET_CORE_;

struct cred___gadget {
	kuid_t uid;
	kgid_t gid;
} GADGET_CORE_;

struct upid___gadget {
	int nr;
	struct pid_namespace___gadget *ns;
} GADGET_CORE_;

struct pid___gadget {
	unsigned int level;
	struct upid___gadget numbers[1];
} GADGET_CORE_;

struct super_block___gadget {
	dev_t s_dev;
	unsigned long s_magic;
} GADGET_CORE_;

struct inode___gadget {
	umode_t i_mode;
	unsigned long i_ino;
	struct super_block___gadget *i_sb;
} GADGET_CORE_;

struct qstr___gadget {
	__u32 len;
	const unsigned char *name;
} GADGET_CORE_;

struct dentry___gadget {
	struct dentry___gadget *d_parent;
	struct qstr___gadget d_name;
} GADGET_CORE_;

struct vfsmount___gadget {
	struct dentry___gadget *mnt_root;
} GADGET_CORE_;

struct mount___gadget {
	struct mount___gadget *mnt_parent;
	struct dentry___gadget *mnt_mountpoint;
	struct vfsmount___gadget mnt;
} GADGET_CORE_;

struct path___gadget {
	struct vfsmount___gadget *mnt;
	struct dentry___gadget *dentry;
} GADGET_CORE_;

struct file___gadget {
	unsigned int f_flags;
	struct path___gadget f_path;
	struct inode___gadget *f_inode;
} GADGET_CORE_;

struct fdtable___gadget {
	unsigned int max_fds;
	struct file___gadget **fd;
} GADGET_CORE_;

struct files_struct___gadget {
	struct fdtable___gadget *fdt;
} GADGET_CORE_;

struct fs_struct___gadget {
	struct path___gadget pwd;
} GADGET_CORE_;

struct mm_struct___gadget {
	unsigned long start_code, start_stack, arg_start, arg_end;
	struct file___gadget *exe_file;
} GADGET_CORE_;

struct tty_driver___gadget {
	int major;
	int minor_start;
} GADGET_CORE_;

struct tty_struct___gadget {
	struct tty_driver___gadget *driver;
	int index;
} GADGET_CORE_;

struct signal_struct___gadget {
	struct tty_struct___gadget *tty;
} GADGET_CORE_;

struct task_struct___gadget {
	unsigned int flags;
	int exit_state;
	pid_t pid;
	pid_t tgid;
	struct task_struct___gadget *real_parent;
	struct pid___gadget *thread_pid;
	__u64 start_boottime;
	const struct cred___gadget *cred;
	char comm[16];
	struct fs_struct___gadget *fs;
	struct files_struct___gadget *files;
	struct nsproxy___gadget *nsproxy;
	struct signal_struct___gadget *signal;
	struct mm_struct___gadget *mm;
	kuid_t loginuid; /* these two only with CONFIG_AUDIT */
	unsigned int sessionid;
} GADGET_CORE_;

#undef GADGET_CORE_

#endif /* GADGET_CORE_TYPES_H */
