#!/bin/bash
# Every output mode of a tracer and of a snapshot, and the selection of fields.
. "$(dirname "$0")/../lib.sh"
need_root

provoke() { # runs a gadget with the arguments, opens a file, stops it
  start_gadget trace_open --comm cat "$@"
  for _ in 1 2 3; do cat /etc/hostname >/dev/null; done
  sleep 0.3
  stop_gadget
}

provoke -o json
expect_event '.fname == "/etc/hostname" and .proc.comm == "cat" and .fd >= 0 and .error == ""'
[ "$(jq -c . "$work/out" | wc -l)" = "$(wc -l <"$work/out")" ] || fail "json: not one object a line"

provoke -o json --fields fname,proc.pid
expect_event '(keys == ["fname","proc"]) and (.proc | keys == ["pid"])'

provoke -o jsonpretty
expect_event '.fname == "/etc/hostname"'
[ "$(wc -l <"$work/out")" -gt 10 ] || fail "jsonpretty: too few lines"

provoke -o yaml
expect_stdout '^---$'
expect_stdout '^fname: "?/etc/hostname'

provoke -o columns
head -1 "$work/out" | grep -q 'COMM.*PID.*FNAME' || fail "columns: header is $(head -1 "$work/out")"
expect_stdout '^.*cat +[0-9]+ .*/etc/hostname'

provoke -o columns --fields fname,proc.comm
[ "$(head -1 "$work/out" | tr -s ' ' | sed 's/ $//')" = "FNAME COMM" ] || fail "--fields: header is $(head -1 "$work/out")"

provoke -o none
[ ! -s "$work/out" ] || fail "none: wrote something"
grep -qE 'open: [1-9][0-9]* events produced' "$work/err" || fail "none: no count of events"

expect_status 0 "$GADGETCTL" run snapshot_process -o tree
expect_stdout 'systemd|init|sh'
expect_status 0 "$GADGETCTL" run snapshot_process -o json --sort proc.pid --max-entries 2
jq -e 'length == 2 and .[0].proc.pid <= .[1].proc.pid' "$work/out" >/dev/null || fail "sort and limit"

expect_status 2 "$GADGETCTL" run trace_open -o xml
expect_stderr 'xml'
expect_status 2 "$GADGETCTL" run trace_open -o json --fields fnme
expect_stderr 'fname'
expect_status 2 "$GADGETCTL" run trace_open --sort pid
