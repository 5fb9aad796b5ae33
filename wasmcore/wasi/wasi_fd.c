// SPDX-License-Identifier: Apache-2.0
// WASI preview 1: descriptors - what they are, and their settings.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi_internal.h"

enum wasi_errno wasi_fd_find(struct wasmcore_wasi *wasi, uint64_t number, uint64_t rights, struct wasi_fd **out)
{
	uint32_t n = (uint32_t)number;
	struct wasi_fd *fd;

	if (n >= WASMCORE_WASI_MAX_FDS || !wasi->fds[n].used)
		return WASI_EBADF;
	fd = &wasi->fds[n];
	if (rights & ~fd->rights)
		return fd->read_only && (rights & WASI_WRITE_RIGHTS & ~fd->rights) ? WASI_EROFS : WASI_ENOTCAPABLE;
	*out = fd;
	return WASI_OK;
}

/* The lowest free number, as POSIX has it. The caller sets `used`. */
struct wasi_fd *wasi_fd_new(struct wasmcore_wasi *wasi, uint32_t *number)
{
	uint32_t i;

	for (i = 0; i < WASMCORE_WASI_MAX_FDS; i++) {
		if (wasi->fds[i].used)
			continue;
		memset(&wasi->fds[i], 0, sizeof(wasi->fds[i]));
		wasi->fds[i].host = -1;
		if (number)
			*number = i;
		return &wasi->fds[i];
	}
	return NULL;
}

void wasi_fd_release(struct wasi_fd *fd)
{
	if (fd->owned && fd->host >= 0)
		(void)close(fd->host);
	free(fd->guest_path);
	memset(fd, 0, sizeof(*fd));
	fd->host = -1;
}

uint8_t wasi_filetype(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFBLK:
		return WASI_BLOCK_DEVICE;
	case S_IFCHR:
		return WASI_CHARACTER_DEVICE;
	case S_IFDIR:
		return WASI_DIRECTORY;
	case S_IFREG:
		return WASI_REGULAR_FILE;
	case S_IFSOCK:
		return WASI_SOCKET_STREAM;
	case S_IFLNK:
		return WASI_SYMBOLIC_LINK;
	default:
		return WASI_UNKNOWN;
	}
}

WASI_DECLARE(fd_close)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);

	(void)guest;
	if (!error)
		wasi_fd_release(fd);
	return error;
}

WASI_DECLARE(fd_renumber)
{
	struct wasi_fd *from, *to;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &from);

	(void)guest;
	if (!error)
		error = wasi_fd_find(wasi, slots[1], 0, &to);
	if (error)
		return error;
	if (from->guest_path || to->guest_path)
		return WASI_ENOTSUP;
	if (from == to)
		return WASI_OK;
	wasi_fd_release(to);
	*to = *from;
	from->owned = false;
	wasi_fd_release(from);
	return WASI_OK;
}

static uint16_t guest_flags(int host)
{
	uint16_t flags = 0;

	if (host & O_APPEND)
		flags |= WASI_FDFLAG_APPEND;
	if (host & O_NONBLOCK)
		flags |= WASI_FDFLAG_NONBLOCK;
	if ((host & O_SYNC) == O_SYNC)
		flags |= WASI_FDFLAG_SYNC;
	else if (host & O_DSYNC)
		flags |= WASI_FDFLAG_DSYNC;
	return flags;
}

WASI_DECLARE(fd_fdstat_get)
{
	uint8_t *to = wasi_range(guest, slots[1], 24);
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);
	int flags = 0;

	if (error)
		return error;
	if (!to)
		return WASI_EFAULT;
	if (fd->host >= 0)
		flags = fcntl(fd->host, F_GETFL);
	if (flags < 0)
		return wasi_errno_of(errno);
	memset(to, 0, 24);
	to[0] = fd->filetype;
	wasi_set16(to + 2, (uint16_t)(guest_flags(flags) | fd->flags));
	wasi_set64(to + 8, fd->rights);
	wasi_set64(to + 16, fd->inheriting);
	return WASI_OK;
}

/*
 * Of a stream that the caller lent us, others see the settings: there O_NONBLOCK is only remembered, and the reads and
 * writes look first whether they would block.
 */
WASI_DECLARE(fd_fdstat_set_flags)
{
	uint32_t flags = (uint32_t)slots[1];
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_FDSTAT_SET_FLAGS, &fd);
	int host;

	(void)guest;
	if (error)
		return error;
	if (flags & ~(WASI_FDFLAG_APPEND | WASI_FDFLAG_NONBLOCK | WASI_FDFLAG_DSYNC | WASI_FDFLAG_RSYNC |
		      WASI_FDFLAG_SYNC))
		return WASI_EINVAL;
	if (!fd->owned) {
		if (flags & ~WASI_FDFLAG_NONBLOCK)
			return WASI_ENOTSUP;
		fd->flags = (uint16_t)flags;
		return WASI_OK;
	}
	host = fcntl(fd->host, F_GETFL);
	if (host < 0)
		return wasi_errno_of(errno);
	/* the kernel cannot change how an open file is synchronised */
	if ((flags ^ guest_flags(host)) & (WASI_FDFLAG_DSYNC | WASI_FDFLAG_RSYNC | WASI_FDFLAG_SYNC))
		return WASI_ENOTSUP;
	host &= ~(O_APPEND | O_NONBLOCK);
	host |= flags & WASI_FDFLAG_APPEND ? O_APPEND : 0;
	host |= flags & WASI_FDFLAG_NONBLOCK ? O_NONBLOCK : 0;
	return fcntl(fd->host, F_SETFL, host) ? wasi_errno_of(errno) : WASI_OK;
}

WASI_DECLARE(fd_fdstat_set_rights)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);

	(void)guest;
	if (error)
		return error;
	if ((slots[1] & ~fd->rights) || (slots[2] & ~fd->inheriting))
		return WASI_ENOTCAPABLE;
	fd->rights = slots[1];
	fd->inheriting = slots[2];
	return WASI_OK;
}

static uint64_t nanoseconds(const struct timespec *t)
{
	return t->tv_sec < 0 ? 0 : (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

enum wasi_errno wasi_put_filestat(struct wasmcore_instance *guest, uint64_t address, const struct stat *st)
{
	uint8_t *to = wasi_range(guest, address, 64);

	if (!to)
		return WASI_EFAULT;
	memset(to, 0, 64);
	wasi_set64(to, (uint64_t)st->st_dev);
	wasi_set64(to + 8, (uint64_t)st->st_ino);
	to[16] = wasi_filetype(st->st_mode);
	wasi_set64(to + 24, (uint64_t)st->st_nlink);
	wasi_set64(to + 32, (uint64_t)st->st_size);
	wasi_set64(to + 40, nanoseconds(&st->st_atim));
	wasi_set64(to + 48, nanoseconds(&st->st_mtim));
	wasi_set64(to + 56, nanoseconds(&st->st_ctim));
	return WASI_OK;
}

WASI_DECLARE(fd_filestat_get)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_FILESTAT_GET, &fd);
	struct stat st;

	if (error)
		return error;
	memset(&st, 0, sizeof(st));
	if (fd->host >= 0 && fstat(fd->host, &st))
		return wasi_errno_of(errno);
	return wasi_put_filestat(guest, slots[1], &st);
}

WASI_DECLARE(fd_filestat_set_size)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_FILESTAT_SET_SIZE, &fd);

	(void)guest;
	if (error)
		return error;
	if (slots[1] > INT64_MAX)
		return WASI_EINVAL;
	return ftruncate(fd->host, (off_t)slots[1]) ? wasi_errno_of(errno) : WASI_OK;
}

static struct timespec one_time(uint64_t ns, bool set, bool now)
{
	struct timespec t;

	t.tv_sec = (time_t)(ns / 1000000000u);
	t.tv_nsec = now ? UTIME_NOW : set ? (long)(ns % 1000000000u) : UTIME_OMIT;
	return t;
}

enum wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint64_t flags, struct timespec times[2])
{
	uint32_t f = (uint32_t)flags;

	/* 1 access time, 2 now; 4 modification time, 8 now */
	if ((f & ~15u) || (f & 3) == 3 || (f & 12) == 12)
		return WASI_EINVAL;
	times[0] = one_time(atim, f & 1, f & 2);
	times[1] = one_time(mtim, f & 4, f & 8);
	return WASI_OK;
}

WASI_DECLARE(fd_filestat_set_times)
{
	struct timespec times[2];
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_FILESTAT_SET_TIMES, &fd);

	(void)guest;
	if (!error)
		error = wasi_times(slots[1], slots[2], slots[3], times);
	if (error)
		return error;
	return futimens(fd->host, times) ? wasi_errno_of(errno) : WASI_OK;
}

WASI_DECLARE(fd_prestat_get)
{
	uint8_t *to = wasi_range(guest, slots[1], 8);
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);

	if (error)
		return error;
	if (!fd->guest_path)
		return WASI_EBADF;
	if (!to)
		return WASI_EFAULT;
	wasi_set32(to, 0);	/* a directory */
	wasi_set32(to + 4, (uint32_t)strlen(fd->guest_path));
	return WASI_OK;
}

WASI_DECLARE(fd_prestat_dir_name)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);
	size_t size;

	if (error)
		return error;
	if (!fd->guest_path)
		return WASI_EBADF;
	size = strlen(fd->guest_path);
	if ((uint32_t)slots[2] < size)
		return WASI_ENAMETOOLONG;
	return wasmcore_write(guest, (uint32_t)slots[1], fd->guest_path, (uint32_t)size) ? WASI_OK : WASI_EFAULT;
}

WASI_DECLARE(fd_advise)
{
	static const int advice[] = { POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
				      POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE };
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_ADVISE, &fd);
	uint32_t which = (uint32_t)slots[3];

	(void)guest;
	if (error)
		return error;
	if (slots[1] > INT64_MAX || slots[2] > INT64_MAX || which >= sizeof(advice) / sizeof(advice[0]))
		return WASI_EINVAL;
	if (fd->host < 0)
		return WASI_ESPIPE;
	return wasi_errno_of(posix_fadvise(fd->host, (off_t)slots[1], (off_t)slots[2], advice[which]));
}

WASI_DECLARE(fd_allocate)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_ALLOCATE, &fd);

	(void)guest;
	if (error)
		return error;
	if (slots[1] > INT64_MAX || slots[2] > INT64_MAX)
		return WASI_EINVAL;
	return fallocate(fd->host, 0, (off_t)slots[1], (off_t)slots[2]) ? wasi_errno_of(errno) : WASI_OK;
}

WASI_DECLARE(fd_sync)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_SYNC, &fd);

	(void)guest;
	if (error || fd->host < 0)
		return error;
	return fsync(fd->host) ? wasi_errno_of(errno) : WASI_OK;
}

WASI_DECLARE(fd_datasync)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_DATASYNC, &fd);

	(void)guest;
	if (error || fd->host < 0)
		return error;
	return fdatasync(fd->host) ? wasi_errno_of(errno) : WASI_OK;
}
