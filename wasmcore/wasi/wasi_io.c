// SPDX-License-Identifier: Apache-2.0
// WASI preview 1: what passes through descriptors - reads, writes, positions, entries of directories.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wasi_internal.h"

_Static_assert(WASMCORE_WASI_MAX_IOVECS <= IOV_MAX, "one system call takes all buffers");

struct buffers {
	struct iovec iov[WASMCORE_WASI_MAX_IOVECS];
	int count;
	size_t size;
};

/* The buffers that slots[1] and slots[2] name, all of them checked, and the place of the result. */
static enum wasi_errno find_buffers(struct wasmcore_instance *guest, const uint64_t *slots, uint64_t result,
				    struct buffers *out)
{
	uint32_t count = (uint32_t)slots[2], i;
	const uint8_t *from = wasi_range(guest, slots[1], (uint64_t)count * 8);

	if (!from || !wasi_range(guest, result, 4))
		return WASI_EFAULT;
	if (count > WASMCORE_WASI_MAX_IOVECS)
		return WASI_EINVAL;
	out->count = (int)count;
	out->size = 0;
	for (i = 0; i < count; i++) {
		uint32_t size = wasi_get32(from + (size_t)i * 8 + 4);

		out->iov[i].iov_base = wasi_range(guest, wasi_get32(from + (size_t)i * 8), size);
		out->iov[i].iov_len = size;
		if (!out->iov[i].iov_base)
			return WASI_EFAULT;
		/* the kernel moves less than 2 GiB at once, and the result has 32 bits */
		if (size > INT32_MAX - out->size)
			return WASI_EINVAL;
		out->size += size;
	}
	return WASI_OK;
}

/* For streams on which the guest asked for O_NONBLOCK and we could not set it. */
static bool would_block(const struct wasi_fd *fd, short events)
{
	struct pollfd one = { fd->host, events, 0 };

	return (fd->flags & WASI_FDFLAG_NONBLOCK) && poll(&one, 1, 0) == 0;
}

static enum wasi_errno finish(struct wasmcore_instance *guest, uint64_t result, ssize_t n)
{
	return n < 0 ? wasi_errno_of(errno) : wasi_put32(guest, result, (uint32_t)n);
}

WASI_DECLARE(fd_read)
{
	struct wasi_fd *fd;
	struct buffers buffers;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_READ, &fd);

	if (!error)
		error = find_buffers(guest, slots, slots[3], &buffers);
	if (error)
		return error;
	if (fd->host < 0)
		return wasi_put32(guest, slots[3], 0);
	if (would_block(fd, POLLIN))
		return WASI_EAGAIN;
	return finish(guest, slots[3], readv(fd->host, buffers.iov, buffers.count));
}

WASI_DECLARE(fd_pread)
{
	struct wasi_fd *fd;
	struct buffers buffers;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_READ | WASI_FD_SEEK, &fd);

	if (!error)
		error = find_buffers(guest, slots, slots[4], &buffers);
	if (error)
		return error;
	if (slots[3] > INT64_MAX)
		return WASI_EINVAL;
	return finish(guest, slots[4], preadv(fd->host, buffers.iov, buffers.count, (off_t)slots[3]));
}

/* Gives the buffers to the callback, one after the other, until it takes less than all of one. */
static enum wasi_errno write_callback(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest,
				      const struct wasi_fd *fd, const struct buffers *buffers, uint64_t result)
{
	size_t done = 0;
	int i;

	for (i = 0; i < buffers->count; i++) {
		size_t size = buffers->iov[i].iov_len;
		ptrdiff_t n;

		if (!size)
			continue;
		n = wasi->write(wasi->write_user, fd->stream, buffers->iov[i].iov_base, size);
		if (n < 0 && !done)
			return wasi_errno_of((int)-n);
		if (n < 0 || (size_t)n > size)
			break;
		done += (size_t)n;
		if ((size_t)n < size)
			break;
	}
	return wasi_put32(guest, result, (uint32_t)done);
}

WASI_DECLARE(fd_write)
{
	struct wasi_fd *fd;
	struct buffers buffers;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_WRITE, &fd);

	if (!error)
		error = find_buffers(guest, slots, slots[3], &buffers);
	if (error)
		return error;
	if (fd->stream)
		return write_callback(wasi, guest, fd, &buffers, slots[3]);
	if (fd->host < 0)
		return wasi_put32(guest, slots[3], (uint32_t)buffers.size);
	if (would_block(fd, POLLOUT))
		return WASI_EAGAIN;
	return finish(guest, slots[3], writev(fd->host, buffers.iov, buffers.count));
}

WASI_DECLARE(fd_pwrite)
{
	struct wasi_fd *fd;
	struct buffers buffers;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_WRITE | WASI_FD_SEEK, &fd);

	if (!error)
		error = find_buffers(guest, slots, slots[4], &buffers);
	if (error)
		return error;
	if (slots[3] > INT64_MAX)
		return WASI_EINVAL;
	return finish(guest, slots[4], pwritev(fd->host, buffers.iov, buffers.count, (off_t)slots[3]));
}

static enum wasi_errno seek(struct wasmcore_instance *guest, const struct wasi_fd *fd, int64_t offset, int whence,
			    uint64_t result)
{
	off_t at;

	if (!wasi_range(guest, result, 8))
		return WASI_EFAULT;
	if (fd->host < 0)
		return WASI_ESPIPE;
	at = lseek(fd->host, (off_t)offset, whence);
	return at < 0 ? wasi_errno_of(errno) : wasi_put64(guest, result, (uint64_t)at);
}

WASI_DECLARE(fd_seek)
{
	static const int whence[] = { SEEK_SET, SEEK_CUR, SEEK_END };
	bool only_tells = slots[1] == 0 && (uint32_t)slots[2] == 1;
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], only_tells ? WASI_FD_TELL : WASI_FD_SEEK, &fd);

	if (error)
		return error;
	if ((uint32_t)slots[2] > 2)
		return WASI_EINVAL;
	return seek(guest, fd, (int64_t)slots[1], whence[(uint32_t)slots[2]], slots[3]);
}

WASI_DECLARE(fd_tell)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_TELL, &fd);

	return error ? error : seek(guest, fd, 0, SEEK_CUR, slots[1]);
}

/* --- entries of directories: our cookies are the positions of the kernel */

/* What getdents64 fills in. */
struct host_entry {
	uint64_t ino;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

#define ENTRY_BYTES 24u

static uint8_t entry_filetype(uint8_t type)
{
	return wasi_filetype((mode_t)type << 12);	/* DT_* are S_IF* shifted */
}

struct listing {
	uint8_t *to;
	size_t size, used;
};

/* Adds as much as fits; a cut entry tells the guest that there is more. */
static void put_bytes(struct listing *list, const void *bytes, size_t size)
{
	size_t room = list->size - list->used;

	if (size > room)
		size = room;
	memcpy(list->to + list->used, bytes, size);
	list->used += size;
}

static void put_entry(struct listing *list, const struct host_entry *entry)
{
	size_t length = strlen(entry->name);
	uint8_t head[ENTRY_BYTES] = { 0 };

	wasi_set64(head, (uint64_t)entry->next);
	wasi_set64(head + 8, entry->ino);
	wasi_set32(head + 16, (uint32_t)length);
	head[20] = entry_filetype(entry->type);
	put_bytes(list, head, sizeof(head));
	put_bytes(list, entry->name, length);
}

WASI_DECLARE(fd_readdir)
{
	_Alignas(struct host_entry) char chunk[8192];
	struct listing list = { wasi_range(guest, slots[1], (uint32_t)slots[2]), (uint32_t)slots[2], 0 };
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], WASI_FD_READDIR, &fd);

	if (error)
		return error;
	if (!list.to || !wasi_range(guest, slots[4], 4))
		return WASI_EFAULT;
	if (lseek(fd->host, (off_t)slots[3], SEEK_SET) < 0)
		return wasi_errno_of(errno);
	while (list.used < list.size) {
		long n = syscall(SYS_getdents64, fd->host, chunk, sizeof(chunk)), at = 0;

		if (n < 0)
			return wasi_errno_of(errno);
		if (n == 0)
			break;
		while (at < n && list.used < list.size) {
			const struct host_entry *entry = (const struct host_entry *)(chunk + at);

			put_entry(&list, entry);
			at += entry->size;
		}
	}
	return wasi_put32(guest, slots[4], (uint32_t)list.used);
}
