// SPDX-License-Identifier: Apache-2.0
// WASI preview 1: clocks, sleeping and waiting, random bytes.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>

#include "wasi_internal.h"

#define SECOND 1000000000ull

enum { CLOCK_GUEST_REALTIME, CLOCK_GUEST_MONOTONIC, CLOCK_GUEST_PROCESS, CLOCK_GUEST_THREAD };

static bool host_clock(uint32_t id, clockid_t *clock)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
					    CLOCK_THREAD_CPUTIME_ID };

	if (id >= sizeof(clocks) / sizeof(clocks[0]))
		return false;
	*clock = clocks[id];
	return true;
}

static uint64_t nanoseconds(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * SECOND + (uint64_t)t->tv_nsec;
}

/* A fixed clock counts from its start in all but the real-time clock. */
static uint64_t fixed_clock(const struct wasmcore_wasi *wasi, uint32_t id)
{
	return id == CLOCK_GUEST_REALTIME ? wasi->clock_now : wasi->clock_now - wasi->clock_start;
}

enum wasi_errno wasi_clock_now(struct wasmcore_wasi *wasi, uint32_t id, uint64_t *ns)
{
	struct timespec now;
	clockid_t clock;

	if (!host_clock(id, &clock))
		return WASI_EINVAL;
	if (wasi->clock_fixed) {
		*ns = fixed_clock(wasi, id);
		return WASI_OK;
	}
	if (clock_gettime(clock, &now))
		return wasi_errno_of(errno);
	*ns = nanoseconds(&now);
	return WASI_OK;
}

WASI_DECLARE(clock_res_get)
{
	struct timespec resolution;
	clockid_t clock;

	if (!host_clock((uint32_t)slots[0], &clock))
		return WASI_EINVAL;
	if (wasi->clock_fixed)
		return wasi_put64(guest, slots[1], wasi->clock_step ? wasi->clock_step : 1);
	if (clock_getres(clock, &resolution))
		return wasi_errno_of(errno);
	return wasi_put64(guest, slots[1], nanoseconds(&resolution));
}

WASI_DECLARE(clock_time_get)
{
	uint64_t now = 0;
	enum wasi_errno error = wasi_clock_now(wasi, (uint32_t)slots[0], &now);

	if (!error)
		error = wasi_put64(guest, slots[2], now);
	if (!error)
		wasi->clock_now += wasi->clock_step;
	return error;
}

/* splitmix64: every seed gives another sequence. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

WASI_DECLARE(random_get)
{
	size_t size = (uint32_t)slots[1], at = 0;
	uint8_t *to = wasi_range(guest, slots[0], size);

	if (!to)
		return WASI_EFAULT;
	if (size > WASMCORE_WASI_MAX_RANDOM)
		return WASI_EINVAL;
	while (at < size) {
		if (wasi->random_seeded) {
			uint64_t value = next_random(&wasi->random_state);
			size_t n = size - at < 8 ? size - at : 8;

			memcpy(to + at, &value, n);
			at += n;
		} else {
			ssize_t n = getrandom(to + at, size - at, 0);

			if (n < 0)
				return wasi_errno_of(errno);
			at += (size_t)n;
		}
	}
	return WASI_OK;
}

/* --- poll_oneoff: subscriptions of 48 bytes, events of 32 */

#define SUBSCRIPTION_BYTES 48u
#define EVENT_BYTES 32u
#define NO_TIMEOUT UINT64_MAX

enum { EVENT_CLOCK, EVENT_READ, EVENT_WRITE };

struct subscription {
	uint64_t userdata;
	uint64_t wait;		/* clocks: nanoseconds from now */
	enum wasi_errno error;
	uint8_t type;
	bool ready;
};

struct waiting {
	struct subscription subs[WASMCORE_WASI_MAX_POLLS];
	struct pollfd fds[WASMCORE_WASI_MAX_POLLS];	/* in the same order; fd is -1 where nothing can be waited for */
	uint64_t wait;					/* nanoseconds until the first event that is known of */
};

static void watch_clock(struct wasmcore_wasi *wasi, const uint8_t *from, struct subscription *sub)
{
	uint64_t now = 0;

	sub->error = wasi_clock_now(wasi, wasi_get32(from + 16), &now);
	sub->wait = wasi_get64(from + 24);
	if (from[40] & 1)	/* an absolute time */
		sub->wait = sub->wait > now ? sub->wait - now : 0;
}

/* What cannot block is ready at once; with a clock that is fixed, everything is. */
static void watch_fd(struct wasmcore_wasi *wasi, const uint8_t *from, struct subscription *sub, struct pollfd *to)
{
	struct wasi_fd *fd;

	sub->error = wasi_fd_find(wasi, wasi_get32(from + 16), WASI_POLL_FD_READWRITE, &fd);
	if (sub->error)
		return;
	sub->ready = fd->host < 0 || wasi->clock_fixed || fd->filetype == WASI_REGULAR_FILE ||
		     fd->filetype == WASI_DIRECTORY;
	if (sub->ready)
		return;
	to->fd = fd->host;
	to->events = sub->type == EVENT_READ ? POLLIN : POLLOUT;
}

static void read_subscriptions(struct wasmcore_wasi *wasi, const uint8_t *from, uint32_t count, struct waiting *w)
{
	uint32_t i;

	w->wait = NO_TIMEOUT;
	for (i = 0; i < count; i++, from += SUBSCRIPTION_BYTES) {
		struct subscription *sub = &w->subs[i];

		memset(sub, 0, sizeof(*sub));
		memset(&w->fds[i], 0, sizeof(w->fds[i]));
		w->fds[i].fd = -1;
		sub->userdata = wasi_get64(from);
		sub->type = from[8];
		sub->wait = NO_TIMEOUT;
		if (sub->type == EVENT_CLOCK)
			watch_clock(wasi, from, sub);
		else if (sub->type <= EVENT_WRITE)
			watch_fd(wasi, from, sub, &w->fds[i]);
		else
			sub->error = WASI_EINVAL;
		if (sub->error || sub->ready)
			w->wait = 0;
		else if (sub->wait < w->wait)
			w->wait = sub->wait;
	}
}

/* Waits, and marks what happened. */
static enum wasi_errno wait_for_events(struct wasmcore_wasi *wasi, struct waiting *w, uint32_t count)
{
	struct timespec timeout;
	int polled = 0;
	uint32_t i;

	if (wasi->clock_fixed) {
		if (w->wait != NO_TIMEOUT)
			wasi->clock_now += w->wait;
	} else {
		/* time_t may have 32 bits; nobody waits for 68 years */
		timeout.tv_sec = (time_t)(w->wait / SECOND < INT32_MAX ? w->wait / SECOND : INT32_MAX);
		timeout.tv_nsec = (long)(w->wait % SECOND);
		polled = ppoll(w->fds, count, w->wait == NO_TIMEOUT ? NULL : &timeout, NULL);
		if (polled < 0)
			return wasi_errno_of(errno);
	}
	for (i = 0; i < count; i++) {
		struct subscription *sub = &w->subs[i];

		if (w->fds[i].revents || (sub->type == EVENT_CLOCK && sub->wait <= (polled ? 0 : w->wait)))
			sub->ready = true;
	}
	return WASI_OK;
}

static void put_event(uint8_t *to, const struct subscription *sub, short revents)
{
	memset(to, 0, EVENT_BYTES);
	wasi_set64(to, sub->userdata);
	wasi_set16(to + 8, (uint16_t)sub->error);
	to[10] = sub->type;
	if (sub->type == EVENT_CLOCK || sub->error)
		return;
	wasi_set64(to + 16, 1);	/* bytes that can be read or written: at least one */
	if (revents & (POLLHUP | POLLERR))
		wasi_set16(to + 24, 1);
}

WASI_DECLARE(poll_oneoff)
{
	uint32_t count = (uint32_t)slots[2], i, events = 0;
	const uint8_t *in = wasi_range(guest, slots[0], (uint64_t)count * SUBSCRIPTION_BYTES);
	uint8_t *out = wasi_range(guest, slots[1], (uint64_t)count * EVENT_BYTES);
	uint64_t address = slots[3];
	struct waiting w;
	enum wasi_errno error;

	if (!in || !out || !wasi_range(guest, address, 4))
		return WASI_EFAULT;
	if (!count || count > WASMCORE_WASI_MAX_POLLS)
		return WASI_EINVAL;
	read_subscriptions(wasi, in, count, &w);
	error = wait_for_events(wasi, &w, count);
	if (error)
		return error;
	for (i = 0; i < count; i++)
		if (w.subs[i].ready || w.subs[i].error)
			put_event(out + (size_t)events++ * EVENT_BYTES, &w.subs[i], w.fds[i].revents);
	return wasi_put32(guest, address, events);
}
