// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest gadget that shows something: who opens which file.
 *
 * Nothing here is special to gadgets but the name of the map. A ring buffer (or perf event array) called print_NAME is
 * shown as the data source NAME; the type of its value says what an event looks like.
 */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

struct hello {
	__u32 pid;
	char comm[16];
	char file[128];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct hello);
} print_hello SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int hello_open(struct syscall_trace_enter *ctx)
{
	struct hello *event = bpf_ringbuf_reserve(&print_hello, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	/* Empty where the name is not in memory yet: eBPF cannot wait for it. trace_open reads it when the call ends. */
	event->file[0] = '\0';
	bpf_probe_read_user_str(event->file, sizeof(event->file), (const char *)ctx->args[1]);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
