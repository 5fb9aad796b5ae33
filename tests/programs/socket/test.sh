#!/bin/bash
# Packets on the loopback of one network namespace, and between two: the number of the namespace must be right.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

pair row0 far0 0
number=$(net_ns_number "$right")
expect_row socket ".value == $number"

memory_is_small() {
  # the raw sockets of the gadget: those with the most memory have one packet or a few
  local most
  most=$(in_right ss -0 -m -n | grep -o 'skmem:(r[0-9]*' | tr -dc '0-9\n' | sort -n | tail -1)
  [ "${most:-0}" -lt 65536 ] || { echo "$most bytes in a socket that nobody reads"; exit 1; }
}

trigger() {
  in_right ping -q -c 2 -i 0.2 -W 5 127.0.0.1
  in_right ping -q -c 20 -i 0.01 -s 1400 -W 5 10.77.0.1
  memory_is_small
}
check_gone() {
  local found
  found=$(in_right cat /proc/net/packet | tail -n +2)
  [ -z "$found" ] || { echo "raw sockets are left: $found"; exit 1; }
}

run_area --netns "/run/netns/$left" --netns "/run/netns/$right"
