// SPDX-License-Identifier: GPL-2.0
/*
 * trace_ssl: what programs send and receive through TLS libraries, before it is encrypted and after it was decrypted.
 *
 * Each call is remembered at its entry under the thread and the function, and sent at its return. A library that a machine
 * or container has not got is left out.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define DATA_SHORT 512
#define DATA_MAX 4096

/* The names are what the field shows. */
enum ssl_operation {
	SSL_read,
	SSL_write,
	SSL_read_ex,
	SSL_write_ex,
	SSL_do_handshake,
	gnutls_record_recv,
	gnutls_record_send,
	gnutls_handshake,
	PR_Read,
	PR_Write,
	PR_Recv,
	PR_Send,
};

/* Ends where the data ends: the rest reads as zero. */
struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	enum ssl_operation operation_raw;
	__u32 len;
	gadget_duration latency_ns_raw;
	__s32 error;
	char buf[DATA_MAX];
};

struct short_event {
	char bytes[__builtin_offsetof(struct event, buf) + DATA_SHORT];
};

struct bare_event {
	char bytes[__builtin_offsetof(struct event, buf)];
};

struct asked_by {
	__u32 tid;
	enum ssl_operation operation;
};

struct asked {
	__u64 start;
	__u64 data;
	__u64 count; /* of the functions with _ex: where they put how much it was */
};

/* Threads that end inside of a call leave their entry behind: the oldest ones make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct asked_by);
	__type(value, struct asked);
} calls SEC(".maps");

const volatile bool record_data = true;
GADGET_PARAM(record_data);

GADGET_TRACER_MAP(events, 4 * 1024 * 1024);
GADGET_TRACER(ssl, events, event);

static __always_inline int enter(enum ssl_operation operation, const void *data, const void *count)
{
	struct asked_by by = {.tid = (__u32)bpf_get_current_pid_tgid(), .operation = operation};
	struct asked asked = {.start = bpf_ktime_get_ns(), .data = (__u64)data, .count = (__u64)count};

	if (!gadget_should_discard_data_current())
		bpf_map_update_elem(&calls, &by, &asked, BPF_ANY);
	return 0;
}

static __always_inline void fill(struct event *event, enum ssl_operation operation, __u64 start, __u32 length, __s32 error)
{
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	event->operation_raw = operation;
	event->len = length;
	event->latency_ns_raw = bpf_ktime_get_ns() - start;
	event->error = error;
}

static __always_inline void copy_text(char *text, __u32 length, __u64 size, struct asked *asked)
{
	__u64 kept = gadget_bounded(length, size - 1);

	if (bpf_probe_read_user(text, kept, (void *)asked->data) != 0)
		kept = 0;
	text[kept] = '\0';
}

/*
 * Room in the ring is asked for in three sizes, since a probe may be preempted: there is no memory of its own that it could
 * put the event together in.
 */
static __always_inline int send(void *ctx, enum ssl_operation operation, struct asked *asked, __u32 length, __s32 error)
{
	struct event *event;

	if (!record_data || asked->data == 0 || length == 0) {
		event = gadget_reserve_buf(&events, sizeof(struct bare_event));
		if (!event)
			return 0;
		fill(event, operation, asked->start, length, error);
		gadget_submit_buf(ctx, &events, event, sizeof(struct bare_event));
		return 0;
	}
	if (length < DATA_SHORT) {
		event = gadget_reserve_buf(&events, sizeof(struct short_event));
		if (!event)
			return 0;
		fill(event, operation, asked->start, length, error);
		copy_text(event->buf, length, DATA_SHORT, asked);
		gadget_submit_buf(ctx, &events, event, sizeof(struct short_event));
		return 0;
	}
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	fill(event, operation, asked->start, length, error);
	copy_text(event->buf, length, DATA_MAX, asked);
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

static __always_inline bool leave(enum ssl_operation operation, struct asked *asked)
{
	struct asked_by by = {.tid = (__u32)bpf_get_current_pid_tgid(), .operation = operation};
	struct asked *known = bpf_map_lookup_elem(&calls, &by);

	if (!known)
		return false;
	*asked = *known;
	bpf_map_delete_elem(&calls, &by);
	return true;
}

/* A function (session, data, size) that returns how much it was, or something negative. */
#define TRANSFER(library, function)                                                             \
	SEC("uprobe/" library ":" #function)                                                    \
	int BPF_KPROBE(ig_##function##_e, void *session, void *data)                            \
	{                                                                                       \
		return enter(function, data, NULL);                                             \
	}                                                                                       \
	SEC("uretprobe/" library ":" #function)                                                 \
	int ig_##function##_x(struct pt_regs *ctx)                                              \
	{                                                                                       \
		__s32 result = (__s32)PT_REGS_RC(ctx);                                          \
		struct asked asked;                                                             \
                                                                                                \
		if (!leave(function, &asked))                                                   \
			return 0;                                                               \
		return send(ctx, function, &asked, result > 0 ? result : 0, result < 0 ? result : 0); \
	}

/* A function (session, data, size, &count) that returns 1 when all is well. */
#define TRANSFER_EX(library, function)                                                          \
	SEC("uprobe/" library ":" #function)                                                    \
	int BPF_KPROBE(ig_##function##_e, void *session, void *data, __u64 size, void *count)   \
	{                                                                                       \
		return enter(function, data, count);                                            \
	}                                                                                       \
	SEC("uretprobe/" library ":" #function)                                                 \
	int ig_##function##_x(struct pt_regs *ctx)                                              \
	{                                                                                       \
		__s32 result = (__s32)PT_REGS_RC(ctx);                                          \
		struct asked asked;                                                             \
		__u64 count = 0;                                                                \
                                                                                                \
		if (!leave(function, &asked))                                                   \
			return 0;                                                               \
		if (result == 1)                                                                \
			bpf_probe_read_user(&count, sizeof(count), (void *)asked.count);        \
		return send(ctx, function, &asked, (__u32)count, result == 1 ? 0 : -1);         \
	}

/* A handshake: `good` is what it returns when it is done. */
#define HANDSHAKE(library, function, good)                                                      \
	SEC("uprobe/" library ":" #function)                                                    \
	int ig_##function##_e(struct pt_regs *ctx)                                              \
	{                                                                                       \
		return enter(function, NULL, NULL);                                             \
	}                                                                                       \
	SEC("uretprobe/" library ":" #function)                                                 \
	int ig_##function##_x(struct pt_regs *ctx)                                              \
	{                                                                                       \
		__s32 result = (__s32)PT_REGS_RC(ctx);                                          \
		struct asked asked;                                                             \
                                                                                                \
		if (!leave(function, &asked))                                                   \
			return 0;                                                               \
		return send(ctx, function, &asked, 0, result == (good) ? 0 : result < 0 ? result : -1); \
	}

TRANSFER("libssl", SSL_read)
TRANSFER("libssl", SSL_write)
TRANSFER_EX("libssl", SSL_read_ex)
TRANSFER_EX("libssl", SSL_write_ex)
HANDSHAKE("libssl", SSL_do_handshake, 1)

TRANSFER("libgnutls", gnutls_record_recv)
TRANSFER("libgnutls", gnutls_record_send)
HANDSHAKE("libgnutls", gnutls_handshake, 0)

TRANSFER("libnspr4", PR_Read)
TRANSFER("libnspr4", PR_Write)
TRANSFER("libnspr4", PR_Recv)
TRANSFER("libnspr4", PR_Send)

char LICENSE[] SEC("license") = "GPL";
