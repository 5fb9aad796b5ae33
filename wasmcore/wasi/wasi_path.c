// SPDX-License-Identifier: Apache-2.0
// WASI preview 1: paths. Every path is resolved by the kernel below the directory it is given with (openat2,
// RESOLVE_BENEATH). What names an entry - to create, remove, rename - resolves the folder that way and passes the kernel
// the last component alone, which it does not follow.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wasi_internal.h"

#define RETRIES 32	/* openat2 says EAGAIN when something was renamed while it resolved ".." */

struct path {
	char text[WASMCORE_WASI_MAX_PATH + 1];
};

static enum wasi_errno read_path(struct wasmcore_instance *guest, uint64_t address, uint64_t length, struct path *path)
{
	uint32_t size = (uint32_t)length;
	const char *from = wasi_range(guest, address, size);

	if (!from)
		return WASI_EFAULT;
	if (size > WASMCORE_WASI_MAX_PATH)
		return WASI_ENAMETOOLONG;
	if (!size)
		return WASI_ENOENT;
	if (memchr(from, 0, size))
		return WASI_EINVAL;
	memcpy(path->text, from, size);
	path->text[size] = 0;
	return WASI_OK;
}

/* openat2 below `dir`; everything that would leave it is ENOTCAPABLE. */
static enum wasi_errno open_beneath(int dir, const char *path, uint64_t flags, uint64_t mode, int *out)
{
	struct open_how how;
	long fd;
	int tries = 0;

	memset(&how, 0, sizeof(how));
	how.flags = flags | O_CLOEXEC;
	how.mode = mode;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	do {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	} while (fd < 0 && errno == EAGAIN && ++tries < RETRIES);
	if (fd < 0)
		return errno == EXDEV || errno == ENOSYS ? WASI_ENOTCAPABLE : wasi_errno_of(errno);
	*out = (int)fd;
	return WASI_OK;
}

/* An entry of a folder below a descriptor of the guest: folder/name. Close folder. */
struct entry {
	int folder;
	char name[NAME_MAX + 1];
	bool slash;	/* the path ended with '/': only a directory will do */
};

static enum wasi_errno split_path(char *path, struct entry *out, const char **folder)
{
	size_t end = strlen(path);
	char *name;

	while (end > 1 && path[end - 1] == '/') {
		path[--end] = 0;
		out->slash = true;
	}
	if (path[0] == '/')
		return WASI_ENOTCAPABLE;
	name = strrchr(path, '/');
	*folder = name ? path : ".";
	if (name)
		*name++ = 0;
	else
		name = path;
	if (!strcmp(name, "."))
		return WASI_EINVAL;
	if (!strcmp(name, ".."))	/* the parent of a folder is not an entry of it */
		return WASI_ENOTCAPABLE;
	if (strlen(name) > NAME_MAX)
		return WASI_ENAMETOOLONG;
	memcpy(out->name, name, strlen(name) + 1);
	return WASI_OK;
}

static enum wasi_errno find_entry(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest, uint64_t number,
				  uint64_t right, const uint64_t *where, struct entry *out)
{
	const char *folder;
	struct wasi_fd *fd;
	struct path path;
	enum wasi_errno error = wasi_fd_find(wasi, number, right, &fd);

	out->folder = -1;
	out->slash = false;
	if (!error)
		error = read_path(guest, where[0], where[1], &path);
	if (!error)
		error = split_path(path.text, out, &folder);
	if (!error)
		error = open_beneath(fd->host, folder, O_PATH | O_DIRECTORY, 0, &out->folder);
	return error;
}

/* The result of a system call on an entry, which is done with. */
static enum wasi_errno finish_entry(const struct entry *entry, int result)
{
	enum wasi_errno error = result ? wasi_errno_of(errno) : WASI_OK;

	(void)close(entry->folder);
	return error;
}

WASI_DECLARE(path_create_directory)
{
	struct entry entry;
	enum wasi_errno error = find_entry(wasi, guest, slots[0], WASI_PATH_CREATE_DIRECTORY, slots + 1, &entry);

	return error ? error : finish_entry(&entry, mkdirat(entry.folder, entry.name, 0777));
}

WASI_DECLARE(path_remove_directory)
{
	struct entry entry;
	enum wasi_errno error = find_entry(wasi, guest, slots[0], WASI_PATH_REMOVE_DIRECTORY, slots + 1, &entry);

	return error ? error : finish_entry(&entry, unlinkat(entry.folder, entry.name, AT_REMOVEDIR));
}

/* For what must be no directory: "name/" is one, or not there. */
static bool slash_refused(const struct entry *entry)
{
	struct stat st;

	if (!entry->slash)
		return false;
	if (!fstatat(entry->folder, entry->name, &st, AT_SYMLINK_NOFOLLOW))
		errno = S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR;
	return true;
}

WASI_DECLARE(path_unlink_file)
{
	struct entry entry;
	enum wasi_errno error = find_entry(wasi, guest, slots[0], WASI_PATH_UNLINK_FILE, slots + 1, &entry);

	if (error)
		return error;
	return finish_entry(&entry, slash_refused(&entry) || unlinkat(entry.folder, entry.name, 0));
}

/* The contents of the link are the guest's; where they lead is decided when somebody follows it. */
WASI_DECLARE(path_symlink)
{
	struct path target;
	struct entry entry;
	enum wasi_errno error = read_path(guest, slots[0], slots[1], &target);

	if (!error && target.text[0] == '/')
		error = WASI_ENOTCAPABLE;
	if (!error)
		error = find_entry(wasi, guest, slots[2], WASI_PATH_SYMLINK, slots + 3, &entry);
	if (error)
		return error;
	return finish_entry(&entry, slash_refused(&entry) || symlinkat(target.text, entry.folder, entry.name));
}

/* Two entries: slots `from` and `to` hold descriptor, path and its length. */
struct two_entries {
	struct entry from, to;
};

static enum wasi_errno find_two(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest, const uint64_t *from,
				uint64_t from_right, const uint64_t *to, uint64_t to_right, struct two_entries *out)
{
	enum wasi_errno error = find_entry(wasi, guest, from[0], from_right, from + 1, &out->from);

	if (error)
		return error;
	error = find_entry(wasi, guest, to[0], to_right, to + 1, &out->to);
	if (error)
		(void)close(out->from.folder);
	return error;
}

static enum wasi_errno finish_two(const struct two_entries *two, int result)
{
	enum wasi_errno error = finish_entry(&two->from, result);

	(void)close(two->to.folder);
	return error;
}

WASI_DECLARE(path_rename)
{
	char from[NAME_MAX + 2], to[NAME_MAX + 2];
	struct two_entries two;
	enum wasi_errno error = find_two(wasi, guest, slots, WASI_PATH_RENAME_SOURCE, slots + 3,
					 WASI_PATH_RENAME_TARGET, &two);

	if (error)
		return error;
	/* the slashes are the kernel's to judge: it follows no link here */
	(void)snprintf(from, sizeof(from), "%s%s", two.from.name, two.from.slash ? "/" : "");
	(void)snprintf(to, sizeof(to), "%s%s", two.to.name, two.to.slash ? "/" : "");
	return finish_two(&two, renameat(two.from.folder, from, two.to.folder, to));
}

/* Following a link to what shall be linked is not offered; Linux does not by default. */
WASI_DECLARE(path_link)
{
	struct two_entries two;
	enum wasi_errno error;

	if ((uint32_t)slots[1] & WASI_LOOKUP_FOLLOW)
		return WASI_EINVAL;
	const uint64_t from[] = { slots[0], slots[2], slots[3] };

	error = find_two(wasi, guest, from, WASI_PATH_LINK_SOURCE, slots + 4, WASI_PATH_LINK_TARGET, &two);
	if (error)
		return error;
	return finish_two(&two, slash_refused(&two.from) || slash_refused(&two.to) ||
					linkat(two.from.folder, two.from.name, two.to.folder, two.to.name, 0));
}

/* Opens what a path leads to without reading or writing it: descriptor in slots[0], flags in slots[1], path from [2]. */
static enum wasi_errno open_object(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest, const uint64_t *slots,
				   uint64_t right, int *out)
{
	uint64_t nofollow = (uint32_t)slots[1] & WASI_LOOKUP_FOLLOW ? 0 : O_NOFOLLOW;
	struct wasi_fd *fd;
	struct path path;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], right, &fd);

	if (!error)
		error = read_path(guest, slots[2], slots[3], &path);
	return error ? error : open_beneath(fd->host, path.text, O_PATH | nofollow, 0, out);
}

WASI_DECLARE(path_filestat_get)
{
	struct stat st;
	int object;
	enum wasi_errno error = open_object(wasi, guest, slots, WASI_PATH_FILESTAT_GET, &object);

	if (error)
		return error;
	error = fstat(object, &st) ? wasi_errno_of(errno) : wasi_put_filestat(guest, slots[4], &st);
	(void)close(object);
	return error;
}

WASI_DECLARE(path_filestat_set_times)
{
	struct timespec times[2];
	int object;
	enum wasi_errno error = wasi_times(slots[4], slots[5], slots[6], times);

	if (!error)
		error = open_object(wasi, guest, slots, WASI_PATH_FILESTAT_SET_TIMES, &object);
	if (error)
		return error;
	error = utimensat(object, "", times, AT_EMPTY_PATH) ? wasi_errno_of(errno) : WASI_OK;
	(void)close(object);
	return error;
}

WASI_DECLARE(path_readlink)
{
	const uint64_t where[] = { slots[0], 0, slots[1], slots[2] };
	uint32_t size = (uint32_t)slots[4];
	char *to = wasi_range(guest, slots[3], size);
	struct path target;
	ssize_t n;
	int object;
	enum wasi_errno error;

	if (!to || !wasi_range(guest, slots[5], 4))
		return WASI_EFAULT;
	error = open_object(wasi, guest, where, WASI_PATH_READLINK, &object);
	if (error)
		return error;
	n = readlinkat(object, "", target.text, sizeof(target.text));
	error = n >= 0 ? WASI_OK : errno == ENOENT ? WASI_EINVAL : wasi_errno_of(errno);	/* not a link */
	(void)close(object);
	if (error)
		return error;
	if ((size_t)n > size)
		n = (ssize_t)size;
	memcpy(to, target.text, (size_t)n);
	return wasi_put32(guest, slots[5], (uint32_t)n);
}

/* --- path_open */

#define OFLAG_CREAT 1u
#define OFLAG_DIRECTORY 2u
#define OFLAG_EXCL 4u
#define OFLAG_TRUNC 8u

struct opening {
	uint32_t lookup, oflags, fdflags;
	uint64_t rights, inheriting;
	bool writes;
};

/* What the flags need of the directory they are used on. */
static enum wasi_errno check_opening(const struct wasi_fd *dir, const struct opening *o)
{
	uint64_t data = o->rights & (WASI_FD_READ | WASI_FD_WRITE);

	if ((o->oflags & ~15u) || (o->fdflags & ~31u))
		return WASI_EINVAL;
	if (dir->read_only && (o->writes || (o->oflags & (OFLAG_CREAT | OFLAG_TRUNC))))
		return WASI_EROFS;
	if ((o->oflags & OFLAG_CREAT) && !(dir->rights & WASI_PATH_CREATE_FILE))
		return WASI_ENOTCAPABLE;
	if ((o->oflags & OFLAG_TRUNC) && !(dir->rights & WASI_PATH_FILESTAT_SET_SIZE))
		return WASI_ENOTCAPABLE;
	if (!(o->oflags & OFLAG_DIRECTORY) && (data & ~dir->inheriting))
		return WASI_ENOTCAPABLE;
	return WASI_OK;
}

static uint64_t host_flags(const struct opening *o)
{
	uint64_t flags = O_NOCTTY;

	if (o->writes)
		flags |= o->rights & WASI_FD_READ ? O_RDWR : O_WRONLY;
	flags |= o->lookup & WASI_LOOKUP_FOLLOW ? 0 : O_NOFOLLOW;
	flags |= o->oflags & OFLAG_CREAT ? O_CREAT : 0;
	flags |= o->oflags & OFLAG_DIRECTORY ? O_DIRECTORY : 0;
	flags |= o->oflags & OFLAG_EXCL ? O_EXCL : 0;
	flags |= o->oflags & OFLAG_TRUNC ? O_TRUNC : 0;
	flags |= o->fdflags & WASI_FDFLAG_APPEND ? O_APPEND : 0;
	flags |= o->fdflags & WASI_FDFLAG_NONBLOCK ? O_NONBLOCK : 0;
	flags |= o->fdflags & WASI_FDFLAG_DSYNC ? O_DSYNC : 0;
	flags |= o->fdflags & (WASI_FDFLAG_SYNC | WASI_FDFLAG_RSYNC) ? O_SYNC : 0;
	return flags;
}

/* Makes `host` descriptor `fd` of the guest. */
static enum wasi_errno adopt(struct wasi_fd *fd, const struct wasi_fd *dir, const struct opening *o, int host)
{
	struct stat st;
	uint64_t kind;

	if (fstat(host, &st)) {
		enum wasi_errno error = wasi_errno_of(errno);

		(void)close(host);
		return error;
	}
	fd->used = true;
	fd->owned = true;
	fd->host = host;
	fd->read_only = dir->read_only;
	fd->filetype = wasi_filetype(st.st_mode);
	kind = S_ISDIR(st.st_mode) ? WASI_DIR_RIGHTS : WASI_FILE_RIGHTS;
	fd->rights = o->rights & dir->inheriting & kind;
	fd->inheriting = S_ISDIR(st.st_mode) ? o->inheriting & dir->inheriting : 0;
	return WASI_OK;
}

WASI_DECLARE(path_open)
{
	struct opening o = { (uint32_t)slots[1], (uint32_t)slots[4], (uint32_t)slots[7], slots[5], slots[6], false };
	struct wasi_fd *dir, *fd;
	struct path path;
	uint32_t number;
	int host = -1;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_PATH_OPEN, &dir);

	if (!error)
		error = read_path(guest, slots[2], slots[3], &path);
	if (error)
		return error;
	if (!wasi_range(guest, slots[8], 4))
		return WASI_EFAULT;
	/* libraries ask for all rights there are when they open a directory */
	o.writes = !(o.oflags & OFLAG_DIRECTORY) &&
		   (o.rights & (WASI_FD_WRITE | WASI_FD_ALLOCATE | WASI_FD_FILESTAT_SET_SIZE));
	error = check_opening(dir, &o);
	if (error)
		return error;
	fd = wasi_fd_new(wasi, &number);
	if (!fd)
		return WASI_EMFILE;
	error = open_beneath(dir->host, path.text, host_flags(&o), o.oflags & OFLAG_CREAT ? 0666 : 0, &host);
	if (!error)
		error = adopt(fd, dir, &o, host);
	return error ? error : wasi_put32(guest, slots[8], number);
}
