/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WASI preview 1 (wasi_snapshot_preview1) for wasmcore, on Linux in user space.
 *
 * All 46 functions exist, so that every module links. A guest sees its arguments, its environment, three standard
 * streams, and below the directories it was given the files; nothing else of the machine. Sockets are not offered.
 *
 *	struct wasmcore_wasi_options o;
 *
 *	wasmcore_wasi_options_init(&o);
 *	o.out = STDOUT_FILENO;
 *	wasi = wasmcore_wasi_new(&o, why, sizeof(why));
 *	options.hosts = wasmcore_wasi_functions(wasi, &options.nhosts);
 *	... wasmcore_instantiate(), wasmcore_call() of "_start" ...
 *	if (trap == WASMCORE_TRAP_EXIT)
 *		wasmcore_wasi_exit_code(wasi, &code);
 *
 * Files: paths are resolved by the kernel (openat2 with RESOLVE_BENEATH), so that neither "..", nor absolute paths, nor
 * symbolic links lead out of a directory, whatever happens to the tree meanwhile. Kernels before 5.6 do not have it:
 * there every path is refused with ENOTCAPABLE.
 *
 * A blocking host call (a read of a terminal, a sleep) ends with EINTR when a signal arrives whose handler was
 * installed without SA_RESTART: together with wasmcore_interrupt() in that handler the guest can be stopped any time.
 *
 * A context belongs to one instance and its thread, and must outlive the instance.
 */
#ifndef WASMCORE_WASI_H
#define WASMCORE_WASI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasmcore.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WASMCORE_WASI_MAX_FDS 64u	/* open at once: streams, directories, files */
#define WASMCORE_WASI_MAX_IOVECS 1024u	/* buffers of one read or write */
#define WASMCORE_WASI_MAX_POLLS 256u	/* subscriptions of one poll_oneoff */
#define WASMCORE_WASI_MAX_PATH 4096u	/* bytes of a path */
#define WASMCORE_WASI_MAX_RANDOM (16u << 20)	/* bytes of one random_get */

struct wasmcore_wasi;

/* A directory that the guest finds open ("preopened"). */
struct wasmcore_wasi_dir {
	int fd;			/* the directory, duplicated by wasmcore_wasi_new(); or -1: host names it */
	const char *host;
	const char *guest;	/* its name for the guest, for example "/" or "data" */
	bool read_only;		/* nothing below can be written, created or removed: EROFS */
};

/* Strings and arrays are copied by wasmcore_wasi_new(). */
struct wasmcore_wasi_options {
	const char *const *args;	/* args[0] is the program's name */
	uint32_t nargs;
	const char *const *env;		/* "NAME=value" */
	uint32_t nenv;

	/* The standard streams: descriptors that stay the caller's, or -1: nothing to read, writes vanish. */
	int in, out, err;
	/* If set, gets what the guest writes to 1 and 2 instead. Returns bytes taken, or a negated errno. */
	ptrdiff_t (*write)(void *user, int stream, const void *bytes, size_t size);
	void *write_user;

	const struct wasmcore_wasi_dir *dirs;
	uint32_t ndirs;

	/*
	 * Clocks of the host, or one that begins at clock_start (nanoseconds since 1970) and goes on by clock_step at
	 * each look at it; a sleep then moves it and takes no time.
	 */
	bool clock_fixed;
	uint64_t clock_start, clock_step;

	/* Random bytes of the kernel, or a sequence that depends on the seed alone (not for secrets). */
	bool random_seeded;
	uint64_t random_seed;
};

/* No arguments, no environment, closed streams, no directories, real clocks, real random bytes. */
void wasmcore_wasi_options_init(struct wasmcore_wasi_options *options);

/* NULL on failure; then message, when not NULL, says what failed and why. */
struct wasmcore_wasi *wasmcore_wasi_new(const struct wasmcore_wasi_options *options, char *message, size_t size);
void wasmcore_wasi_free(struct wasmcore_wasi *wasi);	/* NULL is allowed */

/* For struct wasmcore_options; they live as long as the context. */
const struct wasmcore_host_function *wasmcore_wasi_functions(struct wasmcore_wasi *wasi, uint32_t *count);

/* What the guest gave to proc_exit(); false when it did not call it. */
bool wasmcore_wasi_exit_code(const struct wasmcore_wasi *wasi, uint32_t *code);

#ifdef __cplusplus
}
#endif
#endif
