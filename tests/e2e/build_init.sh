#!/bin/bash
# The gadgets that init writes build without a word, run, and show something.
. "$(dirname "$0")/../lib.sh"

for type in tracer topper profiler snapshotter; do
  "$GADGETCTL" init "my_$type" --type $type --dir "$work/$type" >/dev/null
  expect_status 0 "$GADGETCTL" build -t "my_$type" "$work/$type"
  [ ! -s "$work/err" ] || fail "$type: the build is not quiet"
  grep -q "^# my_$type\$" "$work/$type/README.md" || fail "$type: README.md"
done
need_root

start_gadget "$work/tracer" -o json
/bin/true
sleep 0.3
stop_gadget
expect_event '.file == "/bin/true" and .proc.pid > 0 and .timestamp != ""'

start_gadget my_tracer -o json --min-length 12
/bin/true
/usr/bin/true
sleep 0.3
stop_gadget
expect_event '.file == "/usr/bin/true"'
expect_no_event '.file == "/bin/true"'

start_gadget "$work/topper" -o json --interval 300ms
cat /etc/hostname >/dev/null
sleep 1
stop_gadget
expect_row '.calls > 0 and .pid > 0 and .comm != ""'

start_gadget "$work/profiler"
cat /etc/hostname >/dev/null
sleep 0.3
stop_gadget
expect_stdout '[0-9]+ .*(\*|█)'

expect_status 0 "$GADGETCTL" run "$work/snapshotter" -o json
expect_row ".proc.pid == $$ and .proc.comm == \"bash\" and .started != \"\""
