// The gadgets that `gadgetctl init` writes, one for each behaviour.
#include "build/init.hpp"

namespace gadgetry::build {
namespace {

constexpr std::string_view kTracerProgram = R"(// SPDX-License-Identifier: GPL-2.0
/* A tracer: one event for each program that is started. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/buffer.h>
#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

#define FILE_LEN 128

/* What is shown. A type such as gadget_timestamp makes a field readable: timestamp_raw gets the text timestamp. */
struct event {
	gadget_timestamp timestamp_raw;
	struct gadget_process proc;
	char file[FILE_LEN];
};

/* Can be set by whoever runs the gadget: --min-length 20. */
const volatile __u32 min_length = 0;
GADGET_PARAM(min_length);

/* Events go through a ring buffer of 256 KiB; the data source is called exec. */
GADGET_TRACER_MAP(events, 256 * 1024);
GADGET_TRACER(exec, events, event);

SEC("tracepoint/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct event *event;
	long length;

	/* --pid, --uid, --comm and the like */
	if (gadget_should_discard_data_current())
		return 0;
	event = gadget_reserve_buf(&events, sizeof(*event));
	if (!event)
		return 0;
	event->timestamp_raw = bpf_ktime_get_boot_ns();
	gadget_process_populate(&event->proc);
	length = bpf_probe_read_kernel_str(event->file, sizeof(event->file),
					   (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	if (length <= min_length) { /* length counts the closing NUL */
		gadget_discard_buf(event);
		return 0;
	}
	gadget_submit_buf(ctx, &events, event, sizeof(*event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
)";

constexpr std::string_view kTracerMetadata = R"(datasources:
  exec:
    fields:
      timestamp:
        annotations:
          description: Time of the start
      file:
        annotations:
          description: Program that was started
          columns.width: 32
params:
  ebpf:
    min_length:
      key: min-length
      defaultValue: "0"
      description: Show only programs whose path is at least this long
)";

constexpr std::string_view kTopperProgram = R"(// SPDX-License-Identifier: GPL-2.0
/* A topper: counts system calls by process, and is read at an interval. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/mntns.h>
#include <gadget/types.h>

/* What tells the rows apart. */
struct call_key {
	gadget_mntns_id mntns_id;
	gadget_pid pid;
	gadget_comm comm[TASK_COMM_LEN];
};

/* What is counted. */
struct call_stats {
	__u64 calls;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct call_key);
	__type(value, struct call_stats);
} stats SEC(".maps");

/* The entries of the map are the rows of the data source calls. */
GADGET_MAPITER(calls, stats);

static const struct call_stats no_calls = {};

SEC("tracepoint/raw_syscalls/sys_enter")
int on_syscall(void *ctx)
{
	struct call_key key = {};
	struct call_stats *value;

	/* --pid, --uid, --comm and the like */
	if (gadget_should_discard_data_current())
		return 0;
	key.mntns_id = gadget_get_current_mntns_id();
	key.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	value = bpf_map_lookup_or_try_init(&stats, &key, &no_calls);
	if (value)
		__sync_fetch_and_add(&value->calls, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
)";

constexpr std::string_view kTopperMetadata = R"(paramDefaults:
  operator.sort.sort: -calls
datasources:
  calls:
    annotations:
      cli.clear-screen-before: true
    fields:
      calls:
        annotations:
          description: System calls in the interval
          columns.alignment: right
)";

constexpr std::string_view kProfilerProgram = R"(// SPDX-License-Identifier: GPL-2.0
/* A profiler: how long read() takes, as a histogram that is drawn when the gadget stops. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/bits.bpf.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/maps.bpf.h>
#include <gadget/types.h>

#define SLOTS 27

/* One histogram for each key; here there is only one. */
struct hist_key {
	__u32 unused;
};

struct hist_value {
	gadget_histogram_slot__u32 latency[SLOTS]; /* slot i counts 2^(i-1) to 2^i microseconds */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hist_key);
	__type(value, struct hist_value);
} hists SEC(".maps");

GADGET_MAPITER(reads, hists);

/* Start times of the calls under way, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} starts SEC(".maps");

static const struct hist_value empty_hist = {};

SEC("tracepoint/syscalls/sys_enter_read")
int on_enter(void *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	/* --pid, --uid, --comm and the like */
	if (!gadget_should_discard_data_current())
		bpf_map_update_elem(&starts, &tid, &now, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_read")
int on_exit(void *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&starts, &tid);
	struct hist_key key = {};
	struct hist_value *hist;
	__u64 slot;

	if (!start)
		return 0;
	slot = get_slot_idx((bpf_ktime_get_ns() - *start) / 1000);
	bpf_map_delete_elem(&starts, &tid);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	hist = bpf_map_lookup_or_try_init(&hists, &key, &empty_hist);
	if (hist)
		__sync_fetch_and_add(&hist->latency[slot], 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
)";

constexpr std::string_view kProfilerMetadata = R"(datasources:
  reads:
    annotations:
      ebpf.map.flush-on-stop: true
      metrics.print: true
    fields:
      unused:
        annotations:
          columns.hidden: true
      latency:
        annotations:
          description: Number of calls by the time they took
          metrics.unit: µs
)";

constexpr std::string_view kSnapshotterProgram = R"(// SPDX-License-Identifier: GPL-2.0
/* A snapshotter: the processes there are now. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>

#include <gadget/common.h>
#include <gadget/filter.h>
#include <gadget/macros.h>
#include <gadget/types.h>

/* One row. */
struct entry {
	struct gadget_process proc;
	gadget_timestamp started_raw;
};

/* The rows that list_process writes are those of the data source processes. */
GADGET_ITER(processes, entry, list_process);

SEC("iter/task")
int list_process(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct entry entry = {};
	struct gadget_process *proc = &entry.proc;

	if (!task || task->pid != task->tgid) /* the first thread stands for the process */
		return 0;
	gadget_process_populate_from_task(proc, task);
	/* --pid, --uid, --comm and the like */
	if (gadget_should_discard_data(proc->mntns_id, proc->pid, proc->tid, proc->comm, proc->creds.uid,
				       proc->creds.gid))
		return 0;
	entry.started_raw = task->start_boottime;
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
)";

constexpr std::string_view kSnapshotterMetadata = R"(datasources:
  processes:
    fields:
      started:
        annotations:
          description: When the process was started
          template: timestamp
)";

}  // namespace

const std::vector<GadgetKind>& gadget_kinds() {
  static const std::vector<GadgetKind> kKinds = {
      {"tracer", "Shows programs being started", kTracerProgram, kTracerMetadata,
       "While it runs, start programs in another terminal."},
      {"topper", "Shows which processes make the most system calls", kTopperProgram, kTopperMetadata,
       "It shows the counts of each interval; --interval 5s sets it."},
      {"profiler", "Shows how long reads take, as a histogram", kProfilerProgram, kProfilerMetadata,
       "The histogram is drawn when the gadget stops: press Ctrl-C after a while."},
      {"snapshotter", "Shows the processes there are now", kSnapshotterProgram, kSnapshotterMetadata,
       "It shows one list and ends."},
  };
  return kKinds;
}

}  // namespace gadgetry::build
