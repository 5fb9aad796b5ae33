#!/bin/bash
# Runs that are recorded, and replayed without privileges: the same output, whatever kind of gadget it is; recordings that
# were cut, belong to another gadget, or met a full disk; the tests of a gadget.
. "$(dirname "$0")/../lib.sh"
need_root
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
chmod 755 "$work"

# As somebody who may not do anything special.
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"; }

# check_replay GADGET [FLAGS...]: the replay of $work/run.rec gives $work/out again.
check_replay() {
  cp "$work/out" "$work/live"
  [ -s "$work/live" ] || fail "$1: the run showed nothing"
  [ "$(stat -c %a "$work/run.rec")" = 600 ] || fail "$1: others may read the recording"
  [ ! -e "$work/run.rec.part" ] || fail "$1: the recording kept its temporary name"
  chmod 644 "$work/run.rec"
  expect_status 0 nobody "$GADGETCTL" run "$@" --replay "$work/run.rec"
  cmp "$work/live" "$work/out" || fail "$1: the replay differs"
}

# A tracer: time stamps, users, errno values; the same again with other flags.
start_gadget trace_open -o json --record "$work/run.rec"
cat /etc/hostname /does/not/exist >"$work/cat.out" 2>&1 || true
for i in $(seq 300); do : <"/etc/passwd"; done
stop_gadget
check_replay trace_open -o json
expect_event '.proc.comm == "cat" and .fname == "/etc/hostname"'
expect_status 0 nobody "$GADGETCTL" run trace_open --replay "$work/run.rec" -o json --filter 'fname==/etc/hostname' --count 1
expect_event '.fname == "/etc/hostname"'
expect_no_event '.fname != "/etc/hostname"'
expect_status 0 nobody "$GADGETCTL" run trace_open --replay "$work/run.rec" -o columns
expect_stdout '/does/not/exist'
# The clock and the time zone of whoever looks do not matter, but for the time of day.
expect_status 0 env TZ=Asia/Tokyo "$GADGETCTL" run trace_open --replay "$work/run.rec" -o json
jq -c '.timestamp_raw' "$work/live" >"$work/a"
jq -c '.timestamp_raw' "$work/out" | cmp - "$work/a" || fail "raw times differ"

# Cut: what is whole comes out, and a warning says so.
cp "$work/run.rec" "$work/whole.rec"
size=$(stat -c %s "$work/whole.rec")
head -c $((size - 5)) "$work/whole.rec" >"$work/cut.rec"
expect_status 0 "$GADGETCTL" run trace_open --replay "$work/cut.rec" -o json
expect_stderr 'cut.rec: the recording ends early'
head -c 40 "$work/whole.rec" >"$work/cut.rec"
expect_status 1 "$GADGETCTL" run trace_open --replay "$work/cut.rec" -o json
expect_stderr 'recording without a header'
# Damaged in the middle.
cp "$work/whole.rec" "$work/bad.rec"
printf '\xff\xff\xff' | dd of="$work/bad.rec" bs=1 seek=$((size - 60)) conv=notrunc status=none
expect_status 1 "$GADGETCTL" run trace_open --replay "$work/bad.rec" -o json
expect_stderr 'bad.rec: damaged at byte'
# Of another gadget, and no recording at all.
expect_status 1 "$GADGETCTL" run trace_exec --replay "$work/whole.rec"
expect_stderr 'recorded from gadget trace_open, whose data source open this gadget does not have'
expect_status 1 "$GADGETCTL" run trace_open --replay /etc/passwd
expect_stderr '/etc/passwd: not a recording'
expect_status 2 "$GADGETCTL" run trace_open --replay "$work/whole.rec" --record "$work/x"
expect_status 2 "$GADGETCTL" run trace_open --record /dev/full
expect_stderr 'not a regular file'

# A snapshot: once, as a tree as well.
"$GADGETCTL" run snapshot_process -o json --record "$work/run.rec" >"$work/out" 2>"$work/err" || fail "snapshot"
check_replay snapshot_process -o json
expect_row ".proc.pid == $$"
expect_status 0 nobody "$GADGETCTL" run snapshot_process --replay "$work/run.rec" -o tree
expect_stdout '[^ ]'

# A map that is read again and again, and a histogram.
"$GADGETCTL" run top_syscall -o json --count 2 --interval 200ms --record "$work/run.rec" >"$work/out" 2>"$work/err" || fail "top"
[ "$(jq -s length "$work/out")" = 2 ] || fail "top_syscall: not two tables"
check_replay top_syscall -o json
start_gadget profile_blockio -o json --record "$work/run.rec"
dd if=/dev/zero of="$work/blocks" bs=64k count=16 conv=fsync status=none
stop_gadget
check_replay profile_blockio -o json

# A full disk ends the run with an error, and leaves what there was.
mkdir "$work/small"
mount -t tmpfs -o size=256k tmpfs "$work/small"
trap 'umount "$work/small" 2>/dev/null; cleanup' EXIT
status=0
(while :; do cat /etc/hostname >"$work/cat.out"; done) &
noise=$!
timeout 60 "$GADGETCTL" run trace_open -o none --record "$work/small/run.rec" >"$work/out" 2>"$work/err" || status=$?
kill "$noise"
wait "$noise" 2>/dev/null || true
[ "$status" = 1 ] || fail "full disk: status $status"
expect_stderr 'recording: .*No space left on device'
# Which events those are depends on what else the machine does.
expect_status 0 "$GADGETCTL" run trace_open --replay "$work/small/run.rec" -o json
expect_event '.fname != "" and .proc.pid > 0'

# Killed: the temporary name stays, and what is in it can be replayed.
start_gadget trace_open -o json --record "$work/killed.rec"
cat /etc/hostname >"$work/cat.out"
for i in $(seq 100); do
  [ "$(stat -c %s "$work/killed.rec.part")" -lt 6000 ] || break
  cat /etc/hostname >"$work/cat.out"
  sleep 0.1
done
kill -9 "$gadget_pid"
wait "$gadget_pid" 2>/dev/null || true
gadget_pid=
[ ! -e "$work/killed.rec" ] || fail "a killed run made a complete recording"
expect_status 0 "$GADGETCTL" run trace_open --replay "$work/killed.rec.part" -o json
expect_stderr 'ends early'
expect_event '.proc.comm == "cat"'

# The tests of a gadget: they pass, a difference is shown, --update takes it.
cp -r "$source_dir/examples/gadgets/hello_open" "$work/hello_open"
expect_status 0 "$GADGETCTL" test "$work/hello_open"
expect_stdout '^2 passed, 0 failed$'
sed -i 's/"pid": 7/"pid": 9/' "$work/hello_open/tests/opens/input.jsonl"
expect_status 1 "$GADGETCTL" test "$work/hello_open"
expect_stdout '^FAIL  opens: '
expect_stdout '^-.*"pid":7'
expect_stdout '^\+.*"pid":9'
expect_stdout '^1 passed, 1 failed$'
expect_status 0 "$GADGETCTL" test "$work/hello_open" --filter one
expect_stdout '^1 passed, 0 failed$'
expect_status 0 "$GADGETCTL" test "$work/hello_open" --update
expect_stdout '^wrote opens: 1 lines removed, 1 added$'
expect_status 0 "$GADGETCTL" test "$work/hello_open"
sed -i 's/"pid": 9/"pidd": 9/' "$work/hello_open/tests/opens/input.jsonl"
expect_status 1 "$GADGETCTL" test "$work/hello_open"
expect_stdout 'input.jsonl:2: .*no field pidd; did you mean pid'
rm -r "$work/hello_open/tests"
expect_status 1 "$GADGETCTL" test "$work/hello_open"
expect_stderr 'it has no tests; '
expect_status 2 "$GADGETCTL" test "$work/none"
