#!/bin/bash
# A connection to a port where nobody listens, and pings, between two network namespaces.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

pair row0 far0 0
expect_row sk_lookup '.value == 7777'

trigger() {
  ping_right 10.77.0.2
  ping_right fd77:0::2
  # the kernel asks for a listener on our side
  in_right perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => "10.77.0.1:7777", Timeout => 5)' || true
  # the length of the headers of raw packets is found by the flow dissector
  in_left perl -MSocket -e '
    socket(my $s, 17, SOCK_RAW, unpack("S", pack("n", 0x800))) or die "raw socket: $!";
    my $index = `cat /sys/class/net/row0/ifindex` || die "no row0";
    my $to = pack("SnlSCCa8", 17, 0x800, $index, 0, 0, 0, "");
    my $ip = pack("CCnnnCCna4a4", 0x45, 0, 28, 1, 0, 64, 17, 0, inet_aton("10.77.0.1"), inet_aton("10.77.0.2"));
    my $frame = "\xff" x 6 . "\x02" x 6 . pack("n", 0x800) . $ip . pack("nnnn", 9, 9, 8, 0);
    send($s, $frame, 0, $to) or die "send: $!" for 1 .. 3;
  '
}

check_gone() {
  local found
  found=$(in_left bpftool net show 2>/dev/null | sed -n '/flow_dissector/,$p' | grep -E 'id [0-9]+|prog_id' || true)
  [ -z "$found" ] || { echo "left: $found"; exit 1; }
}

run_area --netns "/run/netns/$left"
