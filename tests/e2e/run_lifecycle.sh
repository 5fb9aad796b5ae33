#!/bin/bash
# How a run ends: time-out, count, signals, a reader that goes away, a full disk; and what the exit status says.
. "$(dirname "$0")/../lib.sh"
need_root

expect_status 0 timeout 20 "$GADGETCTL" run trace_open -o none -t 1
expect_status 0 timeout 20 "$GADGETCTL" run trace_open -o none --timeout 500ms

# --count ends a tracer after that many events, exactly.
start_gadget trace_open -o json --count 5 --comm cat
for _ in $(seq 20); do cat /etc/hostname >/dev/null || true; done
wait "$gadget_pid" || fail "--count: status $?"
gadget_pid=
[ "$(wc -l <"$work/out")" = 5 ] || fail "--count 5 gave $(wc -l <"$work/out") events"

# What was produced before Ctrl-C is shown.
start_gadget trace_open -o json --comm cat
for _ in $(seq 50); do cat /etc/hostname >/dev/null; done
stop_gadget
[ "$(jq -n '[inputs | select(.fname == "/etc/hostname")] | length' "$work/out")" = 50 ] || fail "Ctrl-C lost events"

start_gadget trace_open -o none
kill -TERM "$gadget_pid"
wait "$gadget_pid" || fail "SIGTERM: status $?"
gadget_pid=

# A closed pipe ends the run, quietly.
(while sleep 0.05; do cat /etc/hostname >/dev/null; done) &
noise=$!
status=0
timeout 20 "$GADGETCTL" run trace_open -o json 2>"$work/err" | head -1 >"$work/out" || status=$?
kill "$noise"
wait "$noise" 2>/dev/null || true
[ "$status" = 0 ] && [ "$(wc -l <"$work/out")" = 1 ] || fail "closed pipe: status $status"
[ ! -s "$work/err" ] || fail "closed pipe: said something"

# A full disk is an error that says so.
status=0
(for _ in $(seq 40); do sleep 0.05; cat /etc/hostname >/dev/null; done) &
noise=$!
timeout 20 "$GADGETCTL" run trace_open -o json >/dev/full 2>"$work/err" || status=$?
wait "$noise"
[ "$status" = 1 ] || fail "full disk: status $status"
expect_stderr 'No space left'

expect_status 2 "$GADGETCTL" run
expect_status 2 "$GADGETCTL" run trace_open --timeout soon
expect_status 2 "$GADGETCTL" run trace_open --ring-size 0
expect_status 1 "$GADGETCTL" run no_such_gadget
expect_stderr 'image list'
expect_status 1 "$GADGETCTL" run ./no/such/folder
expect_status 2 "$GADGETCTL" frobnicate
expect_status 0 "$GADGETCTL" run trace_open --help
expect_stdout '--failed'
