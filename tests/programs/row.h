/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event of every program test: it names the row of the matrix of program types that its program proves.
 *
 *   SEC("tracepoint/syscalls/sys_enter_getpgid")
 *   int on_tracepoint(void *ctx)
 *   {
 *           SEND_ROW(ctx, "tracepoint");
 *           return 0;
 *   }
 *
 * SEND_ROW_VALUE(ctx, "usdt", argument) sends a number with it, for tests that look at more than the arrival.
 *
 * Every use counts its own hits and sends only the first ROW_HITS of them: many of the hooks are busy. Only
 * bpf_ringbuf_output is called, and counters are plain global variables: this loads in every type of program, the
 * sleepable ones of old kernels included.
 */
#ifndef ROW_H
#define ROW_H

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/macros.h>

#ifndef ROW_HITS
#define ROW_HITS 4
#endif

struct row_event {
	__u64 value;
	char program[40]; /* the row */
};

GADGET_TRACER_MAP(row_events, 64 * 1024);
GADGET_TRACER(rows, row_events, row_event);

#define SEND_ROW(ctx, row)                                                             \
	do {                                                                           \
		static const struct row_event row_ = {.value = 0, .program = row};     \
		static __u32 hits_;                                                    \
                                                                                       \
		if (hits_ < ROW_HITS) {                                                \
			hits_ += 1;                                                    \
			(void)(ctx);                                                   \
			bpf_ringbuf_output(&row_events, (void *)&row_, sizeof(row_), 0); \
		}                                                                      \
	} while (0)

#define SEND_ROW_VALUE(ctx, row, number)                                               \
	do {                                                                           \
		struct row_event row_ = {.value = (number), .program = row};           \
		static __u32 hits_;                                                    \
                                                                                       \
		if (hits_ < ROW_HITS) {                                                \
			hits_ += 1;                                                    \
			(void)(ctx);                                                   \
			bpf_ringbuf_output(&row_events, &row_, sizeof(row_), 0);       \
		}                                                                      \
	} while (0)

#endif /* ROW_H */
