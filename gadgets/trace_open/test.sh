#!/bin/bash
# Real files are opened in every way there is; the fields must tell what happened.
. "$(dirname "$0")/../../tests/lib.sh"
need_root

start_gadget trace_open -o json
cat /etc/hostname >/dev/null
cat /nowhere/at/all >/dev/null 2>&1 || true
(umask 0 && dd if=/dev/null of="$work/created" 2>/dev/null)
perl -e 'my ($f, $how) = ("/etc/passwd", pack("QQQ", 0, 0, 0)); exit(syscall(437, -100, $f, $how, 24) < 0)' || fail "openat2"
if [ "$(uname -m)" = x86_64 ]; then
  perl -e 'my ($f, $new) = ("/etc/group", @ARGV); syscall(2, $f, 0, 0); syscall(85, $new, 0640)' "$work/creat"
fi
sleep 0.3
stop_gadget
expect_event '.fname == "/etc/hostname" and .proc.comm == "cat" and .proc.pid > 0 and .proc.pid == .proc.tid
  and .error == "" and .error_raw == 0 and .fd >= 3 and (.flags | startswith("O_RDONLY"))
  and .proc.creds.uid == 0 and .proc.parent.pid == '$$' and .proc.mntns_id > 0 and .timestamp_raw > 0'
expect_event '.fname == "/nowhere/at/all" and .error == "ENOENT" and .error_raw == 2 and .fd == 0'
expect_event ".fname == \"$work/created\" and (.flags | contains(\"O_CREAT\")) and .mode_raw == $((0666)) and .proc.comm == \"dd\""
expect_event '.fname == "/etc/passwd" and .proc.comm == "perl" and .fd >= 3'
if [ "$(uname -m)" = x86_64 ]; then
  expect_event '.fname == "/etc/group" and .proc.comm == "perl" and .fd >= 3'
  expect_event ".fname == \"$work/creat\" and (.flags | contains(\"O_TRUNC\")) and .mode_raw == $((0640))"
fi

start_gadget trace_open -o json --failed --comm cat
cat /etc/hostname /nowhere >/dev/null 2>&1 || true
sleep 0.3
stop_gadget
expect_event '.fname == "/nowhere" and .error == "ENOENT"'
expect_no_event '.error == ""'
expect_no_event '.proc.comm != "cat"'

start_gadget trace_open -o json --paths --comm cat
(cd /etc && cat hostname nowhere >/dev/null 2>&1) || true
sleep 0.3
stop_gadget
expect_event '.fname == "hostname" and .fpath == "/etc/hostname"'
expect_event '.fname == "nowhere" and .fpath == ""'

start_gadget trace_open -o json --collect-ustack --comm cat
cat /etc/hostname >/dev/null
sleep 0.3
stop_gadget
expect_event '.fname == "/etc/hostname" and .ustack.inode > 0 and (.ustack.addresses | startswith("0x"))'
