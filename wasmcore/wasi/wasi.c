// SPDX-License-Identifier: Apache-2.0
// WASI preview 1: the context, the table of functions, arguments and environment, the end of the guest.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi_internal.h"

enum wasi_errno wasi_errno_of(int host_errno)
{
	static const struct {
		int host;
		enum wasi_errno wasi;
	} table[] = {
		{ E2BIG, WASI_E2BIG }, { EACCES, WASI_EACCES }, { EAGAIN, WASI_EAGAIN }, { EBADF, WASI_EBADF },
		{ EBUSY, WASI_EBUSY }, { EDEADLK, WASI_EDEADLK }, { EDQUOT, WASI_EDQUOT }, { EEXIST, WASI_EEXIST },
		{ EFAULT, WASI_EFAULT }, { EFBIG, WASI_EFBIG }, { EILSEQ, WASI_EILSEQ }, { EINTR, WASI_EINTR },
		{ EINVAL, WASI_EINVAL }, { EIO, WASI_EIO }, { EISDIR, WASI_EISDIR }, { ELOOP, WASI_ELOOP },
		{ EMFILE, WASI_EMFILE }, { EMLINK, WASI_EMLINK }, { ENAMETOOLONG, WASI_ENAMETOOLONG },
		{ ENFILE, WASI_ENFILE }, { ENOBUFS, WASI_ENOBUFS }, { ENODEV, WASI_ENODEV }, { ENOENT, WASI_ENOENT },
		{ ENOLCK, WASI_ENOLCK }, { ENOMEM, WASI_ENOMEM }, { ENOSPC, WASI_ENOSPC }, { ENOSYS, WASI_ENOSYS },
		{ ENOTDIR, WASI_ENOTDIR }, { ENOTEMPTY, WASI_ENOTEMPTY }, { EOPNOTSUPP, WASI_ENOTSUP },
		{ ENOTTY, WASI_ENOTTY }, { ENXIO, WASI_ENXIO }, { EOVERFLOW, WASI_EOVERFLOW }, { EPERM, WASI_EPERM },
		{ EPIPE, WASI_EPIPE }, { ERANGE, WASI_ERANGE }, { EROFS, WASI_EROFS }, { ESPIPE, WASI_ESPIPE },
		{ ESTALE, WASI_ESTALE }, { ETIMEDOUT, WASI_ETIMEDOUT }, { ETXTBSY, WASI_ETXTBSY },
		{ EXDEV, WASI_EXDEV },
	};
	size_t i;

	if (!host_errno)
		return WASI_OK;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].host == host_errno)
			return table[i].wasi;
	return WASI_EIO;
}

static enum wasi_errno put_strings(struct wasmcore_instance *guest, const struct wasi_strings *strings,
				   uint64_t pointers, uint64_t address)
{
	uint8_t *to = wasi_range(guest, pointers, (uint64_t)strings->count * 4);
	char *bytes = wasi_range(guest, address, strings->size);
	uint32_t i, at = 0;

	if (!to || !bytes)
		return WASI_EFAULT;
	for (i = 0; i < strings->count; i++) {
		wasi_set32(to + (size_t)i * 4, (uint32_t)address + at);
		at += (uint32_t)strlen(strings->bytes + at) + 1;
	}
	if (strings->size)
		memcpy(bytes, strings->bytes, strings->size);
	return WASI_OK;
}

static enum wasi_errno put_sizes(struct wasmcore_instance *guest, const struct wasi_strings *strings,
				 const uint64_t *slots)
{
	enum wasi_errno error = wasi_put32(guest, slots[0], strings->count);

	return error ? error : wasi_put32(guest, slots[1], strings->size);
}

static WASI_DECLARE(args_get)
{
	return put_strings(guest, &wasi->args, slots[0], slots[1]);
}

static WASI_DECLARE(args_sizes_get)
{
	return put_sizes(guest, &wasi->args, slots);
}

static WASI_DECLARE(environ_get)
{
	return put_strings(guest, &wasi->env, slots[0], slots[1]);
}

static WASI_DECLARE(environ_sizes_get)
{
	return put_sizes(guest, &wasi->env, slots);
}

static WASI_DECLARE(sched_yield)
{
	(void)wasi, (void)guest, (void)slots;
	(void)sched_yield();
	return WASI_OK;
}

static WASI_DECLARE(proc_raise)
{
	(void)wasi, (void)guest, (void)slots;
	return WASI_ENOSYS;
}

/* There are no sockets among the descriptors. */
static WASI_DECLARE(socket)
{
	struct wasi_fd *fd;
	enum wasi_errno error = wasi_fd_find(wasi, slots[0], 0, &fd);

	(void)guest;
	return error ? error : WASI_ENOTSUP;
}

/* The interface, in the order of its specification; proc_exit is the one that has no result. */
static const struct {
	const char *name;
	const char *signature;
	wasi_function function;
} functions[] = {
	{ "args_get", "ii:i", wasi_args_get },
	{ "args_sizes_get", "ii:i", wasi_args_sizes_get },
	{ "environ_get", "ii:i", wasi_environ_get },
	{ "environ_sizes_get", "ii:i", wasi_environ_sizes_get },
	{ "clock_res_get", "ii:i", wasi_clock_res_get },
	{ "clock_time_get", "iIi:i", wasi_clock_time_get },
	{ "fd_advise", "iIIi:i", wasi_fd_advise },
	{ "fd_allocate", "iII:i", wasi_fd_allocate },
	{ "fd_close", "i:i", wasi_fd_close },
	{ "fd_datasync", "i:i", wasi_fd_datasync },
	{ "fd_fdstat_get", "ii:i", wasi_fd_fdstat_get },
	{ "fd_fdstat_set_flags", "ii:i", wasi_fd_fdstat_set_flags },
	{ "fd_fdstat_set_rights", "iII:i", wasi_fd_fdstat_set_rights },
	{ "fd_filestat_get", "ii:i", wasi_fd_filestat_get },
	{ "fd_filestat_set_size", "iI:i", wasi_fd_filestat_set_size },
	{ "fd_filestat_set_times", "iIIi:i", wasi_fd_filestat_set_times },
	{ "fd_pread", "iiiIi:i", wasi_fd_pread },
	{ "fd_prestat_get", "ii:i", wasi_fd_prestat_get },
	{ "fd_prestat_dir_name", "iii:i", wasi_fd_prestat_dir_name },
	{ "fd_pwrite", "iiiIi:i", wasi_fd_pwrite },
	{ "fd_read", "iiii:i", wasi_fd_read },
	{ "fd_readdir", "iiiIi:i", wasi_fd_readdir },
	{ "fd_renumber", "ii:i", wasi_fd_renumber },
	{ "fd_seek", "iIii:i", wasi_fd_seek },
	{ "fd_sync", "i:i", wasi_fd_sync },
	{ "fd_tell", "ii:i", wasi_fd_tell },
	{ "fd_write", "iiii:i", wasi_fd_write },
	{ "path_create_directory", "iii:i", wasi_path_create_directory },
	{ "path_filestat_get", "iiiii:i", wasi_path_filestat_get },
	{ "path_filestat_set_times", "iiiiIIi:i", wasi_path_filestat_set_times },
	{ "path_link", "iiiiiii:i", wasi_path_link },
	{ "path_open", "iiiiiIIii:i", wasi_path_open },
	{ "path_readlink", "iiiiii:i", wasi_path_readlink },
	{ "path_remove_directory", "iii:i", wasi_path_remove_directory },
	{ "path_rename", "iiiiii:i", wasi_path_rename },
	{ "path_symlink", "iiiii:i", wasi_path_symlink },
	{ "path_unlink_file", "iii:i", wasi_path_unlink_file },
	{ "poll_oneoff", "iiii:i", wasi_poll_oneoff },
	{ "proc_exit", "i:", NULL },
	{ "proc_raise", "i:i", wasi_proc_raise },
	{ "sched_yield", ":i", wasi_sched_yield },
	{ "random_get", "ii:i", wasi_random_get },
	{ "sock_accept", "iii:i", wasi_socket },
	{ "sock_recv", "iiiiii:i", wasi_socket },
	{ "sock_send", "iiiii:i", wasi_socket },
	{ "sock_shutdown", "ii:i", wasi_socket },
};
_Static_assert(sizeof(functions) / sizeof(functions[0]) == WASI_FUNCTIONS, "all of preview 1");

/* What the engine calls for every function of the table. */
static enum wasmcore_trap call_function(struct wasmcore_instance *guest, uint64_t *slots, void *user)
{
	const struct wasi_binding *binding = user;

	slots[0] = (uint64_t)binding->function(binding->wasi, guest, slots);
	return WASMCORE_TRAP_NONE;
}

static enum wasmcore_trap call_proc_exit(struct wasmcore_instance *guest, uint64_t *slots, void *user)
{
	const struct wasi_binding *binding = user;

	(void)guest;
	binding->wasi->exited = true;
	binding->wasi->exit_code = (uint32_t)slots[0];
	return WASMCORE_TRAP_EXIT;
}

static void bind_functions(struct wasmcore_wasi *wasi)
{
	size_t i;

	for (i = 0; i < WASI_FUNCTIONS; i++) {
		struct wasmcore_host_function *host = &wasi->hosts[i];

		wasi->bindings[i].wasi = wasi;
		wasi->bindings[i].function = functions[i].function;
		host->module = "wasi_snapshot_preview1";
		host->name = functions[i].name;
		host->signature = functions[i].signature;
		host->fn = functions[i].function ? call_function : call_proc_exit;
		host->user = &wasi->bindings[i];
	}
}

static bool copy_strings(struct wasi_strings *to, const char *const *from, uint32_t count)
{
	size_t size = 0, at = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		size += strlen(from[i]) + 1;
	if (size > INT32_MAX)
		return false;
	to->bytes = malloc(size ? size : 1);
	if (!to->bytes)
		return false;
	for (i = 0; i < count; i++) {
		size_t length = strlen(from[i]) + 1;

		memcpy(to->bytes + at, from[i], length);
		at += length;
	}
	to->count = count;
	to->size = (uint32_t)size;
	return true;
}

static void add_stream(struct wasmcore_wasi *wasi, uint32_t number, int host, bool callback)
{
	struct wasi_fd *fd = &wasi->fds[number];
	struct stat st;

	fd->used = true;
	fd->host = callback ? -1 : host;
	fd->stream = callback ? (uint8_t)number : 0;
	fd->rights = WASI_FD_FDSTAT_SET_FLAGS | WASI_FD_FILESTAT_GET | WASI_POLL_FD_READWRITE | WASI_FD_SYNC |
		     WASI_FD_DATASYNC | WASI_FD_ADVISE | (number ? WASI_FD_WRITE : WASI_FD_READ);
	if (fd->host < 0 || fstat(fd->host, &st))
		return;
	fd->filetype = wasi_filetype(st.st_mode);
	/* C libraries take a character device that cannot seek for a terminal. */
	if (!isatty(fd->host))
		fd->rights |= WASI_FD_SEEK | WASI_FD_TELL;
}

static bool add_dir(struct wasmcore_wasi *wasi, const struct wasmcore_wasi_dir *dir)
{
	struct wasi_fd *fd = wasi_fd_new(wasi, NULL);
	struct stat st;

	if (!fd) {
		errno = EMFILE;
		return false;
	}
	fd->host = dir->fd >= 0 ? fcntl(dir->fd, F_DUPFD_CLOEXEC, 3)
				: open(dir->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd->host < 0)
		return false;
	fd->used = true;
	fd->owned = true;
	if (fstat(fd->host, &st))
		return false;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	fd->guest_path = strdup(dir->guest);
	if (!fd->guest_path)
		return false;
	fd->filetype = WASI_DIRECTORY;
	fd->read_only = dir->read_only;
	fd->rights = WASI_DIR_RIGHTS;
	fd->inheriting = WASI_DIR_RIGHTS | WASI_FILE_RIGHTS;
	if (dir->read_only) {
		fd->rights &= ~WASI_WRITE_RIGHTS;
		fd->inheriting &= ~WASI_WRITE_RIGHTS;
	}
	return true;
}

void wasmcore_wasi_options_init(struct wasmcore_wasi_options *options)
{
	memset(options, 0, sizeof(*options));
	options->in = -1;
	options->out = -1;
	options->err = -1;
}

static void explain(char *message, size_t size, const char *what, const char *which, const char *why)
{
	if (message && size)
		(void)snprintf(message, size, "%s%s: %s", what, which, why);
}

struct wasmcore_wasi *wasmcore_wasi_new(const struct wasmcore_wasi_options *options, char *message, size_t size)
{
	struct wasmcore_wasi *wasi = calloc(1, sizeof(*wasi));
	uint32_t i;

	if (!wasi || !copy_strings(&wasi->args, options->args, options->nargs) ||
	    !copy_strings(&wasi->env, options->env, options->nenv)) {
		explain(message, size, "arguments and environment of the guest", "", "not enough memory");
		wasmcore_wasi_free(wasi);
		return NULL;
	}
	wasi->write = options->write;
	wasi->write_user = options->write_user;
	wasi->clock_fixed = options->clock_fixed;
	wasi->clock_now = options->clock_start;
	wasi->clock_start = options->clock_start;
	wasi->clock_step = options->clock_step;
	wasi->random_seeded = options->random_seeded;
	wasi->random_state = options->random_seed;
	add_stream(wasi, 0, options->in, false);
	add_stream(wasi, 1, options->out, options->write != NULL);
	add_stream(wasi, 2, options->err, options->write != NULL);
	for (i = 0; i < options->ndirs; i++) {
		const struct wasmcore_wasi_dir *dir = &options->dirs[i];

		if (add_dir(wasi, dir))
			continue;
		explain(message, size, "directory for the guest ", dir->host ? dir->host : dir->guest,
			strerror(errno));
		wasmcore_wasi_free(wasi);
		return NULL;
	}
	bind_functions(wasi);
	return wasi;
}

void wasmcore_wasi_free(struct wasmcore_wasi *wasi)
{
	uint32_t i;

	if (!wasi)
		return;
	for (i = 0; i < WASMCORE_WASI_MAX_FDS; i++)
		if (wasi->fds[i].used)
			wasi_fd_release(&wasi->fds[i]);
	free(wasi->args.bytes);
	free(wasi->env.bytes);
	free(wasi);
}

const struct wasmcore_host_function *wasmcore_wasi_functions(struct wasmcore_wasi *wasi, uint32_t *count)
{
	*count = WASI_FUNCTIONS;
	return wasi->hosts;
}

bool wasmcore_wasi_exit_code(const struct wasmcore_wasi *wasi, uint32_t *code)
{
	if (wasi->exited)
		*code = wasi->exit_code;
	return wasi->exited;
}
