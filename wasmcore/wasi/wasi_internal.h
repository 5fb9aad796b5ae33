/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the WASI implementation share: the context, the numbers of the interface, access to the guest. */
#ifndef WASI_INTERNAL_H
#define WASI_INTERNAL_H

#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "wasmcore_wasi.h"

/* Numbers of wasi_snapshot_preview1. */
enum wasi_errno {
	WASI_OK = 0, WASI_E2BIG = 1, WASI_EACCES = 2, WASI_EAGAIN = 6, WASI_EBADF = 8, WASI_EBUSY = 10,
	WASI_EDEADLK = 16, WASI_EDQUOT = 19, WASI_EEXIST = 20, WASI_EFAULT = 21, WASI_EFBIG = 22, WASI_EILSEQ = 25,
	WASI_EINTR = 27, WASI_EINVAL = 28, WASI_EIO = 29, WASI_EISDIR = 31, WASI_ELOOP = 32, WASI_EMFILE = 33,
	WASI_EMLINK = 34, WASI_ENAMETOOLONG = 37, WASI_ENFILE = 41, WASI_ENOBUFS = 42, WASI_ENODEV = 43,
	WASI_ENOENT = 44, WASI_ENOLCK = 46, WASI_ENOMEM = 48, WASI_ENOSPC = 51, WASI_ENOSYS = 52, WASI_ENOTDIR = 54,
	WASI_ENOTEMPTY = 55, WASI_ENOTSUP = 58, WASI_ENOTTY = 59, WASI_ENXIO = 60, WASI_EOVERFLOW = 61,
	WASI_EPERM = 63, WASI_EPIPE = 64, WASI_ERANGE = 68, WASI_EROFS = 69, WASI_ESPIPE = 70, WASI_ESTALE = 72,
	WASI_ETIMEDOUT = 73, WASI_ETXTBSY = 74, WASI_EXDEV = 75, WASI_ENOTCAPABLE = 76,
};

enum wasi_filetype {
	WASI_UNKNOWN = 0, WASI_BLOCK_DEVICE = 1, WASI_CHARACTER_DEVICE = 2, WASI_DIRECTORY = 3, WASI_REGULAR_FILE = 4,
	WASI_SOCKET_STREAM = 6, WASI_SYMBOLIC_LINK = 7,
};

#define WASI_FDFLAG_APPEND 1u
#define WASI_FDFLAG_DSYNC 2u
#define WASI_FDFLAG_NONBLOCK 4u
#define WASI_FDFLAG_RSYNC 8u
#define WASI_FDFLAG_SYNC 16u

#define WASI_LOOKUP_FOLLOW 1u

#define WASI_RIGHT(n) ((uint64_t)1 << (n))
#define WASI_FD_DATASYNC WASI_RIGHT(0)
#define WASI_FD_READ WASI_RIGHT(1)
#define WASI_FD_SEEK WASI_RIGHT(2)
#define WASI_FD_FDSTAT_SET_FLAGS WASI_RIGHT(3)
#define WASI_FD_SYNC WASI_RIGHT(4)
#define WASI_FD_TELL WASI_RIGHT(5)
#define WASI_FD_WRITE WASI_RIGHT(6)
#define WASI_FD_ADVISE WASI_RIGHT(7)
#define WASI_FD_ALLOCATE WASI_RIGHT(8)
#define WASI_PATH_CREATE_DIRECTORY WASI_RIGHT(9)
#define WASI_PATH_CREATE_FILE WASI_RIGHT(10)
#define WASI_PATH_LINK_SOURCE WASI_RIGHT(11)
#define WASI_PATH_LINK_TARGET WASI_RIGHT(12)
#define WASI_PATH_OPEN WASI_RIGHT(13)
#define WASI_FD_READDIR WASI_RIGHT(14)
#define WASI_PATH_READLINK WASI_RIGHT(15)
#define WASI_PATH_RENAME_SOURCE WASI_RIGHT(16)
#define WASI_PATH_RENAME_TARGET WASI_RIGHT(17)
#define WASI_PATH_FILESTAT_GET WASI_RIGHT(18)
#define WASI_PATH_FILESTAT_SET_SIZE WASI_RIGHT(19)
#define WASI_PATH_FILESTAT_SET_TIMES WASI_RIGHT(20)
#define WASI_FD_FILESTAT_GET WASI_RIGHT(21)
#define WASI_FD_FILESTAT_SET_SIZE WASI_RIGHT(22)
#define WASI_FD_FILESTAT_SET_TIMES WASI_RIGHT(23)
#define WASI_PATH_SYMLINK WASI_RIGHT(24)
#define WASI_PATH_REMOVE_DIRECTORY WASI_RIGHT(25)
#define WASI_PATH_UNLINK_FILE WASI_RIGHT(26)
#define WASI_POLL_FD_READWRITE WASI_RIGHT(27)

/* Rights that change something, those of files, those of directories. */
#define WASI_WRITE_RIGHTS                                                                                          \
	(WASI_FD_WRITE | WASI_FD_ALLOCATE | WASI_PATH_CREATE_DIRECTORY | WASI_PATH_CREATE_FILE |                   \
	 WASI_PATH_LINK_SOURCE | WASI_PATH_LINK_TARGET | WASI_PATH_RENAME_SOURCE | WASI_PATH_RENAME_TARGET |       \
	 WASI_PATH_FILESTAT_SET_SIZE | WASI_PATH_FILESTAT_SET_TIMES | WASI_FD_FILESTAT_SET_SIZE |                  \
	 WASI_FD_FILESTAT_SET_TIMES | WASI_PATH_SYMLINK | WASI_PATH_REMOVE_DIRECTORY | WASI_PATH_UNLINK_FILE)
#define WASI_FILE_RIGHTS                                                                                           \
	(WASI_FD_DATASYNC | WASI_FD_READ | WASI_FD_SEEK | WASI_FD_FDSTAT_SET_FLAGS | WASI_FD_SYNC | WASI_FD_TELL | \
	 WASI_FD_WRITE | WASI_FD_ADVISE | WASI_FD_ALLOCATE | WASI_FD_FILESTAT_GET | WASI_FD_FILESTAT_SET_SIZE |    \
	 WASI_FD_FILESTAT_SET_TIMES | WASI_POLL_FD_READWRITE)
#define WASI_DIR_RIGHTS                                                                                            \
	(WASI_FD_FDSTAT_SET_FLAGS | WASI_FD_SYNC | WASI_FD_DATASYNC | WASI_FD_ADVISE | WASI_PATH_CREATE_DIRECTORY |\
	 WASI_PATH_CREATE_FILE | WASI_PATH_LINK_SOURCE | WASI_PATH_LINK_TARGET | WASI_PATH_OPEN |                  \
	 WASI_FD_READDIR | WASI_PATH_READLINK | WASI_PATH_RENAME_SOURCE | WASI_PATH_RENAME_TARGET |                \
	 WASI_PATH_FILESTAT_GET | WASI_PATH_FILESTAT_SET_SIZE | WASI_PATH_FILESTAT_SET_TIMES |                     \
	 WASI_FD_FILESTAT_GET | WASI_FD_FILESTAT_SET_TIMES | WASI_PATH_SYMLINK | WASI_PATH_REMOVE_DIRECTORY |      \
	 WASI_PATH_UNLINK_FILE | WASI_POLL_FD_READWRITE)

struct wasi_fd {
	bool used;
	bool owned;		/* host is closed with it */
	bool read_only;		/* below a directory that is read-only */
	uint8_t filetype;
	uint8_t stream;		/* 1 or 2 when the write callback gets it */
	uint16_t flags;		/* of a stream that is not ours: what the guest asked for */
	int host;		/* -1: nothing behind it */
	char *guest_path;	/* preopened directories */
	uint64_t rights, inheriting;
};

/* Arguments or environment: the strings one after the other, each with its NUL. */
struct wasi_strings {
	uint32_t count, size;
	char *bytes;
};

/* A function of the interface: its arguments are slots, its result is an error number. */
typedef enum wasi_errno (*wasi_function)(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest,
					 const uint64_t *slots);

struct wasi_binding {
	struct wasmcore_wasi *wasi;
	wasi_function function;
};

#define WASI_FUNCTIONS 46

struct wasmcore_wasi {
	struct wasi_fd fds[WASMCORE_WASI_MAX_FDS];
	struct wasi_strings args, env;
	ptrdiff_t (*write)(void *user, int stream, const void *bytes, size_t size);
	void *write_user;
	bool clock_fixed, random_seeded, exited;
	uint64_t clock_now, clock_start, clock_step, random_state;
	uint32_t exit_code;
	struct wasi_binding bindings[WASI_FUNCTIONS];
	struct wasmcore_host_function hosts[WASI_FUNCTIONS];
};

/* wasi.c */
enum wasi_errno wasi_errno_of(int host_errno);

/* wasi_fd.c: the open descriptor `fd` if it has all of `rights`. */
enum wasi_errno wasi_fd_find(struct wasmcore_wasi *wasi, uint64_t fd, uint64_t rights, struct wasi_fd **out);
struct wasi_fd *wasi_fd_new(struct wasmcore_wasi *wasi, uint32_t *number);
void wasi_fd_release(struct wasi_fd *fd);
uint8_t wasi_filetype(mode_t mode);
enum wasi_errno wasi_put_filestat(struct wasmcore_instance *guest, uint64_t address, const struct stat *st);
enum wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint64_t flags, struct timespec times[2]);

/* wasi_clock.c: nanoseconds of a clock of the guest. */
enum wasi_errno wasi_clock_now(struct wasmcore_wasi *wasi, uint32_t id, uint64_t *ns);

#define WASI_DECLARE(name)                                                                                         \
	enum wasi_errno wasi_##name(struct wasmcore_wasi *wasi, struct wasmcore_instance *guest,                    \
				    const uint64_t *slots)
WASI_DECLARE(clock_res_get);
WASI_DECLARE(clock_time_get);
WASI_DECLARE(random_get);
WASI_DECLARE(poll_oneoff);
WASI_DECLARE(fd_advise);
WASI_DECLARE(fd_allocate);
WASI_DECLARE(fd_close);
WASI_DECLARE(fd_datasync);
WASI_DECLARE(fd_fdstat_get);
WASI_DECLARE(fd_fdstat_set_flags);
WASI_DECLARE(fd_fdstat_set_rights);
WASI_DECLARE(fd_filestat_get);
WASI_DECLARE(fd_filestat_set_size);
WASI_DECLARE(fd_filestat_set_times);
WASI_DECLARE(fd_pread);
WASI_DECLARE(fd_prestat_get);
WASI_DECLARE(fd_prestat_dir_name);
WASI_DECLARE(fd_pwrite);
WASI_DECLARE(fd_read);
WASI_DECLARE(fd_readdir);
WASI_DECLARE(fd_renumber);
WASI_DECLARE(fd_seek);
WASI_DECLARE(fd_sync);
WASI_DECLARE(fd_tell);
WASI_DECLARE(fd_write);
WASI_DECLARE(path_create_directory);
WASI_DECLARE(path_filestat_get);
WASI_DECLARE(path_filestat_set_times);
WASI_DECLARE(path_link);
WASI_DECLARE(path_open);
WASI_DECLARE(path_readlink);
WASI_DECLARE(path_remove_directory);
WASI_DECLARE(path_rename);
WASI_DECLARE(path_symlink);
WASI_DECLARE(path_unlink_file);

/* Memory of the guest. It may be unaligned: values are copied. All of it is checked; addresses are slots of type i32. */
static inline void *wasi_range(struct wasmcore_instance *guest, uint64_t address, uint64_t size)
{
	return wasmcore_range(guest, (uint32_t)address, size);
}

static inline uint32_t wasi_get32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static inline uint64_t wasi_get64(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static inline void wasi_set16(uint8_t *to, uint16_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline void wasi_set32(uint8_t *to, uint32_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline void wasi_set64(uint8_t *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline enum wasi_errno wasi_put32(struct wasmcore_instance *guest, uint64_t address, uint32_t value)
{
	return wasmcore_write(guest, (uint32_t)address, &value, sizeof(value)) ? WASI_OK : WASI_EFAULT;
}

static inline enum wasi_errno wasi_put64(struct wasmcore_instance *guest, uint64_t address, uint64_t value)
{
	return wasmcore_write(guest, (uint32_t)address, &value, sizeof(value)) ? WASI_OK : WASI_EFAULT;
}

#endif
