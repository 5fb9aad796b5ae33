#!/bin/bash
# Packets that are forwarded and sent by routes with programs. A route of somebody else with the same prefix stays.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

pair row0 far0 0
in_left sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
in_right ip route add 10.97.0.0/24 via 10.77.0.1
# The programs of segments need a kernel with segment routing.
segments=1
{ in_left sysctl -q -w net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.row0.seg6_enabled=1 &&
  in_right ip -6 route add fd99::/64 via fd77:0::1 dev far0 &&
  in_right ip -6 route add fd98::/64 encap seg6 mode encap segs fd99::1,fd98::1 via fd77:0::1 dev far0; } 2>"$work/seg6" ||
  segments=0
[ $segments = 1 ] || leave_out lwt_seg6local "no segment routing to try it with: $(tail -1 "$work/seg6")"

routes() { in_left ip route show; in_left ip -6 route show | grep -v 'fe80\|multicast'; }
before=$(routes)

refuses_a_route_that_is_there() {
  timeout 60 "$GADGETCTL" run "$image" --netns "/run/netns/$left" --attach 'on_out=10.77.0.0/24 dev row0 via 10.77.0.2' \
    --attach on_in=gadget_program_disabled --attach on_xmit=gadget_program_disabled \
    --attach on_seg6local=gadget_program_disabled --timeout 1s >"$work/second" 2>&1 || true
  grep -q 'there is such a route already' "$work/second" || { tail -1 "$work/second"; return 1; }
}

trigger() {
  # nobody answers: these addresses are nobody's
  in_right ping -q -c 2 -i 0.2 -W 1 10.97.0.1 || true
  in_left ping -q -c 2 -i 0.2 -W 1 10.98.0.1 || true
  in_left ping -q -c 2 -i 0.2 -W 1 10.99.0.1 || true
  [ $segments = 0 ] || in_right ping -q -c 2 -i 0.2 -W 1 fd98::1 || true
  [ -n "$(why_left_out on_out)" ] || refuses_a_route_that_is_there
}
check_gone() { [ "$(routes)" = "$before" ] || { echo "routes changed: $(routes)"; exit 1; }; }

run_area --netns "/run/netns/$left"
