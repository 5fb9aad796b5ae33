#!/bin/bash
# Each hook that is asked for is seen, and no other; with --trace-all at least the common ones are.
. "$(dirname "$0")/../../tests/lib.sh"
need_root

status=0
timeout $((60 * ${PATIENCE:-1})) "$GADGETCTL" run trace_lsm -o json -t 1 >"$work/out" 2>"$work/err" || status=$?
[ "$status" = 1 ] && grep -q -- '--trace-all' "$work/err" || fail "without a hook: status $status"

status=0
timeout $((60 * ${PATIENCE:-1})) "$GADGETCTL" run trace_lsm --trace-file_open -o json -t 1 >"$work/out" 2>"$work/err" || status=$?
if [ "$status" = 1 ] && grep -q 'offers none of the programs' "$work/err"; then
  skip "this kernel does not let eBPF programs hang on security hooks: $(grep -m1 'left out' "$work/err")"
fi

start_gadget trace_lsm --trace-path_mkdir --trace-file_open --comm mkdir -o json
mkdir "$work/made"
sleep 0.5
stop_gadget
expect_event '.tracepoint == "path_mkdir" and .proc.comm == "mkdir" and .proc.parent.pid == '$$' and .timestamp_raw > 0'
expect_event '.tracepoint == "file_open"'
expect_no_event '.tracepoint != "path_mkdir" and .tracepoint != "file_open"'

start_gadget trace_lsm --trace-all --comm mkdir -o json
mkdir "$work/again"
sleep 0.5
stop_gadget
for hook in mmap_file file_open file_permission path_mkdir; do expect_event ".tracepoint == \"$hook\""; done
[ -d "$work/again" ] || fail "tracing changed what a security hook decides"
