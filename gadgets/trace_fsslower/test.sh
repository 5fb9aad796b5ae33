#!/bin/bash
# On a file system of the test's own, every operation is seen, with how long it took.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
mounted=
on_end() { [ -z "$mounted" ] || umount "$mounted" 2>/dev/null || true; cleanup; }
trap on_end EXIT

if ! grep -qw ext4_file_read_iter /proc/kallsyms; then modprobe ext4 2>/dev/null || true; fi
grep -qw ext4_file_read_iter /proc/kallsyms || skip "this kernel has no ext4"
status=0
timeout $((60 * ${PATIENCE:-1})) "$GADGETCTL" run trace_fsslower -o json -t 1 >"$work/out" 2>"$work/err" || status=$?
if [ "$status" != 0 ] && grep -q 'CONFIG_KPROBES' "$work/err"; then
  skip "this kernel has neither fentry nor kprobes: $(tail -1 "$work/err")"
fi
[ "$status" = 0 ] || fail "status $status"
timeout $((60 * ${PATIENCE:-1})) "$GADGETCTL" run trace_fsslower --filesystem nosuch -o json -t 1 >"$work/out" 2>"$work/err" && fail "an unknown file system is taken"

truncate -s 32M "$work/image"
mkfs.ext4 -q "$work/image"
mkdir "$work/mnt"
modprobe loop 2>/dev/null || true
mount -o loop "$work/image" "$work/mnt" || skip "this kernel mounts no image files"
mounted=$work/mnt

start_gadget trace_fsslower --min 0 --filesystem ext4 --comm dd -o json
dd if=/dev/zero of="$work/mnt/written" bs=4096 count=4 conv=fsync 2>/dev/null
dd if="$work/mnt/written" of=/dev/null bs=4096 2>/dev/null
sleep 0.5
stop_gadget
expect_event '.op == "write" and .file == "written" and .size == 4096 and .offset == 8192 and .proc.comm == "dd" and .timestamp_raw > 0'
expect_event '.op == "read" and .file == "written" and .size == 4096'
expect_event '.op == "open" and .file == "written"'
expect_event '.op == "fsync" and .file == "written" and .delta_us > 0'

start_gadget trace_fsslower --min 60000000 --comm dd -o json
dd if="$work/mnt/written" of=/dev/null bs=4096 2>/dev/null
sleep 0.3
stop_gadget
expect_no_event 'true'
