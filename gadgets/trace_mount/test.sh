#!/bin/bash
# A file system is mounted and unmounted, and a mount fails.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
mkdir "$work/here"

start_gadget trace_mount -o json
unshare -m sh -c "mount -n -t tmpfs -o ro,nosuid,size=1m source '$work/here' && umount -n -l '$work/here'" || skip "cannot mount here"
mount -n -t missingfs source "$work/here" 2>/dev/null || true
sleep 0.3
stop_gadget
expect_event ".op == \"MOUNT\" and .fs == \"tmpfs\" and .src == \"source\" and .dest == \"$work/here\" and .error == \"\"
  and .flags == \"MS_RDONLY|MS_NOSUID\" and (.data | contains(\"size=1m\")) and .delta_raw > 0 and .proc.comm == \"mount\"
  and .netns_id > 0 and .call == \"mount(\\\"source\\\", \\\"$work/here\\\", \\\"tmpfs\\\", 0x3, \\\"size=1m\\\") = 0\""
expect_event ".op == \"UMOUNT\" and .dest == \"$work/here\" and .src == \"\" and (.umount_flags | contains(\"MNT_DETACH\"))
  and .error == \"\" and (.call | startswith(\"umount2(\"))"
expect_event '.op == "MOUNT" and .fs == "missingfs" and .error == "ENODEV" and .error_raw == 19 and (.call | endswith(") = -19"))'
