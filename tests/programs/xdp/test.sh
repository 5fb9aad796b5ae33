#!/bin/bash
# Packets that arrive on one end of veth pairs. What is redirected to a CPU goes on to the network stack, so that its
# ping is answered; what is redirected to a device leaves through another pair.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

for i in 0 1 2 3 4 5 6 7; do pair "row$i" "far$i" "$i"; done
pair out far_out 9

# A veth takes redirected packets when its other end does GRO.
set_gro() { # namespace interface
  ip netns exec "$1" perl -MSocket -e '
    my $on = pack("LL", 0x2c, 1); # ETHTOOL_SGRO
    socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
    ioctl($socket, 0x8946, pack("a16 P x16", $ARGV[0], $on)) or die "GRO: $!"; # SIOCETHTOOL
  ' "$2"
}
set_gro "$right" far_out
arrived() { in_right cat /sys/class/net/far_out/statistics/rx_packets; }
more_arrived() { [ "$(arrived)" -gt "$1" ]; }

second_is_refused() {
  timeout 60 "$GADGETCTL" run "$image" --netns "/run/netns/$left" --iface row0 >"$work/second" 2>&1 &&
    { echo "a second program was attached"; return 1; }
  grep -q "the XDP program 'on_native' .* is on row0" "$work/second" || { tail -1 "$work/second"; return 1; }
}

trigger() {
  local i before
  for i in 0 1 2 3 4 6; do in_right ping -q -c 2 -i 0.2 -W 5 "10.77.$i.1"; done
  for i in 5 7; do
    before=$(arrived)
    in_right ping -q -c 2 -i 0.2 -W 1 "10.77.$i.1" || true
    wait_until 5 more_arrived "$before" || { echo "nothing that row$i redirects leaves through the other pair"; exit 1; }
  done
  second_is_refused
}
check_gone() { no_links "$left"; }

run_area --netns "/run/netns/$left" --iface 'row*'
