#!/bin/bash
# Programs of sockets, in a cgroup and a network namespace of the test.
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

# Those that share ports are there before the gadget.
mkfifo "$work/questions"
nsenter --net="/run/netns/$ns" /usr/bin/python3 "$area/servers.py" "$work/ready" <"$work/questions" >"$work/servers" 2>&1 &
on_exit "kill $!"
exec 9>"$work/questions"
wait_until 20 [ -e "$work/ready" ] || { cat "$work/servers"; exit 1; }

trigger() {
  echo ask >&9
  timeout 60 nsenter --net="/run/netns/$ns" /usr/bin/python3 "$area/connections.py" "$root/$name"
}

check_gone() {
  local left
  left=$(bpftool cgroup show "$root/$name")
  [ -z "$left" ] || { echo "left on the cgroup: $left"; return 1; }
  echo 'gone?' >&9
  wait_until 20 [ -s "$work/ready.gone" ] || { cat "$work/servers"; return 1; }
  cat "$work/ready.gone"
  [ "$(cat "$work/ready.gone")" = gone ]
}

run_area --cgroup "$name" --netns "/run/netns/$ns"
