#!/bin/bash
# Filters in the kernel (parameters) and in user space.
. "$(dirname "$0")/../lib.sh"
need_root

start_gadget trace_open -o json --comm cat -F 'fname~host,proc.comm==cat'
cat /etc/hostname /etc/passwd >/dev/null
head -1 /etc/hostname >/dev/null
sleep 0.3
stop_gadget
expect_event '.fname == "/etc/hostname"'
expect_no_event '.fname == "/etc/passwd"'
expect_no_event '.proc.comm != "cat"'
grep -qE 'open: ([0-9]+) events produced, [0-9]+ delivered, [1-9][0-9]* filtered, 0 lost' "$work/err" || fail "filtered events are not counted"

start_gadget trace_open -o json -E 'proc.comm == "cat" and (fname matches "^/etc/host" or error == "ENOENT")'
cat /etc/hostname /etc/passwd /nowhere >/dev/null 2>&1 || true
sleep 0.3
stop_gadget
expect_event '.fname == "/etc/hostname"'
expect_event '.fname == "/nowhere" and .error == "ENOENT"'
expect_no_event '.fname == "/etc/passwd"'

start_gadget trace_open -o json --pid $$
cat /etc/hostname >/dev/null
: </etc/hostname
sleep 0.3
stop_gadget
expect_event ".fname == \"/etc/hostname\" and .proc.pid == $$"
expect_no_event ".proc.pid != $$"

expect_status 2 "$GADGETCTL" run trace_open -E 'comn == "cat"'
expect_stderr 'comn'
expect_status 2 "$GADGETCTL" run trace_open -F 'proc.pid~1'
expect_status 2 "$GADGETCTL" run trace_open --pid many
expect_stderr '--pid'
expect_status 2 "$GADGETCTL" run trace_open --nosuchflag
