#!/bin/bash
# Packets between two network namespaces, seen by classifiers, an action and tcx programs on one end. Beside them
# stands a filter of somebody else, which must stay; an interface without one must have no qdisc of ours afterwards.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

pair row0 far0 0
pair row1 far1 1
# somebody else's: a classic filter that matches nothing
in_left tc qdisc add dev row1 clsact
in_left tc filter add dev row1 ingress prio 7 bpf bytecode '1,6 0 0 0,'
theirs() { in_left tc filter show dev row1 ingress | grep 'pref 7 '; }
before=$(theirs)

number=$(net_ns_number "$left")
expect_row tc/ingress ".value == $number"
expect_row classifier/egress ".value == $number"

filters_seen() { [ -n "$(in_left tc filter show dev row2 ingress)$(in_left tc filter show dev row2 egress)" ] || grep -q 'attached to classifier.*row2' "$work/err"; }

trigger() {
  ping_right 10.77.0.2
  ping_right 10.77.1.2
  # an interface that comes later, and fits the pattern
  pair row2 far2 2
  wait_until 20 filters_seen || { echo "the new interface was not found"; exit 1; }
  [ "$(theirs)" = "$before" ] || { echo "the filter of somebody else changed"; exit 1; }
}

check_gone() {
  no_links "$left"
  no_tc "$left" row0
  no_tc "$left" row2
  [ "$(theirs)" = "$before" ] || { echo "the filter of somebody else is gone"; exit 1; }
  in_left tc filter show dev row1 ingress | grep gadgetry && { echo "a filter of ours is left"; exit 1; }
  in_left tc qdisc show dev row1 clsact | grep -q clsact || { echo "the qdisc of somebody else is gone"; exit 1; }
}

run_area --netns "/run/netns/$left" --iface 'row*'

# Links go with a killed gadget; what it leaves on kernels without them, the next one removes.
killed_leaves_nothing() {
  local why=''
  start_area --netns "/run/netns/$left" --iface row0 || { echo "$why"; return 1; }
  kill -9 "$gadget_pid"
  wait "$gadget_pid" || true
  start_area --netns "/run/netns/$left" --iface row0 || { echo "$why"; return 1; }
  stop_area || { echo "$why"; return 1; }
  no_tc "$left" row0 && no_links "$left"
}
check_row 'tc after kill -9' killed_leaves_nothing
[ "$failures" = 0 ]
