#!/bin/bash
# Hooks of a cgroup, with a process in a cgroup and a network namespace of the test.
. "$(dirname "$0")/../lib.sh"

root=/sys/fs/cgroup
[ "$(stat -f -c %T $root)" = cgroup2fs ] || root=/sys/fs/cgroup/unified
name=gadgetry-$$
ns=gadgetry-$$

mkdir "$root/$name"
on_exit "rmdir $root/$name"
ip netns add "$ns"
on_exit "ip netns del $ns"
ip -n "$ns" link set lo up

expect_row cgroup/dev '.value == 4294967301' # 1:5, /dev/zero

trigger() {
  # not "ip netns exec": that mounts a new /sys, in which there are no cgroups
  mkdir "$work/sockets"
  timeout 60 nsenter --net="/run/netns/$ns" /usr/bin/python3 "$area/activity.py" "$root/$name" "$work/sockets"
}

check_gone() {
  local left
  left=$(bpftool cgroup show "$root/$name")
  [ -z "$left" ] || { echo "left on the cgroup: $left"; return 1; }
}

run_area --cgroup "$name"
