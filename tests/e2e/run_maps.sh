#!/bin/bash
# Gadgets whose data is in maps, by the plain naming convention: tables, per-CPU tables, histograms of plain numbers,
# their losses, what ends them, and settings of the author.
. "$(dirname "$0")/../lib.sh"
need_root

mkdir "$work/g"
cat >"$work/g/program.bpf.c" <<'EOF'
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <gadget/macros.h>
#include <gadget/buffer.h>
#include <gadget/types.h>

struct call_key { __u32 slot; };
struct call_value { __u64 hits; };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct call_key);
	__type(value, struct call_value);
} stats_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} hist_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct call_key);
	__type(value, struct call_value);
} tiny SEC(".maps");
GADGET_LOST_SAMPLES(tiny);
GADGET_MAPITER(tiny, tiny);

SEC("tracepoint/syscalls/sys_enter_getpriority")
int on_call(struct syscall_trace_enter *ctx)
{
	struct call_value one = {.hits = 1}, *value;
	struct call_key key = {.slot = (__u32)ctx->args[1]};
	__u32 slot = key.slot & 7;
	__u64 *count;

	value = bpf_map_lookup_elem(&stats_calls, &key);
	if (value)
		value->hits++;
	else
		bpf_map_update_elem(&stats_calls, &key, &one, BPF_ANY);
	count = bpf_map_lookup_elem(&hist_slots, &slot);
	if (count)
		(*count)++;
	if (bpf_map_update_elem(&tiny, &key, &one, BPF_ANY))
		gadget_count_lost(&tiny);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
EOF
cat >"$work/g/gadget.yaml" <<'EOF'
name: maps
description: Counts calls of getpriority
paramDefaults:
  operator.sort.sort: calls:-hits,slot
  operator.limiter.max-entries: calls:3
EOF

calls() { # FROM TO: one call for each number, on each CPU
  for cpu in $(seq 0 $(($(nproc) - 1))); do
    taskset -c "$cpu" perl -e 'for ($ARGV[0]..$ARGV[1]) { syscall(140, 0, $_) } syscall(140, 0, 5) for 1..9' "$1" "$2"
  done
}
rows() { jq -c -n "[inputs | select(type == \"array\")] | map(select(length > 0 and (.[0] | has(\"$1\"))))" "$work/out"; }
cpus=$(nproc)

# Sums over the CPUs, the author's order and limit, slots of a histogram; one read at the end.
start_gadget "$work/g" -o json --interval 1m
calls 1 6
stop_gadget
jq -e -n "[inputs | select(length == 3)][0] | map([.slot, .hits]) == [[5, $((10 * cpus))], [1, $cpus], [2, $cpus]]" \
  "$work/out" >/dev/null || fail "table: $(rows slot)"
jq -e -n "[inputs[] | select(.slots?)] | .[0].slots == [0,$cpus,$cpus,$cpus,$cpus,$((10 * cpus)),$cpus,0]" "$work/out" >/dev/null ||
  fail "histogram: $(rows slots)"

# What a map had no room for is counted.
grep -qE 'tiny: [0-9]+ events produced, 4 delivered, 0 filtered, [1-9][0-9]* lost \(ring buffer full 0, map full [1-9]' "$work/err" ||
  fail "losses of a map: $(grep tiny: "$work/err")"

# Every CPU has a row of its own.
start_gadget "$work/g" -o json --interval 1m --per-cpu --max-entries calls:1000 --sort calls:slot,cpu
calls 1 2
stop_gadget
jq -e -n "[inputs[] | select(.cpu? != null and .slot == 2) | .cpu] == [range($cpus)]" "$work/out" >/dev/null ||
  fail "--per-cpu: $(rows cpu)"

# A count of reads ends histograms, too; with an interval each drawing starts from zero.
expect_status 0 timeout 30 "$GADGETCTL" run profile_blockio --interval 300ms --count 2 -o json
[ "$(wc -l <"$work/out")" = 2 ] || fail "--count 2 gave $(wc -l <"$work/out") reads"

# Values for a data source that is not there.
expect_status 2 timeout 30 "$GADGETCTL" run "$work/g" --fields nope:hits -t 1
expect_stderr 'no data source "nope"'

# A closed stdout ends the run as a closed pipe does, even before anything else was opened.
timeout 20 "$GADGETCTL" run top_syscall -o json --interval 200ms >&- 2>"$work/err" || fail "closed stdout: status $?"
[ ! -s "$work/err" ] || fail "closed stdout: $(cat "$work/err")"
