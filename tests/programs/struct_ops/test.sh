#!/bin/bash
# A connection over the loopback interface that asks for the congestion control, and sends something.
. "$(dirname "$0")/../lib.sh"

available() { grep -qw gadgetry_test /proc/sys/net/ipv4/tcp_available_congestion_control; }

trigger() {
  available
  ip link set lo up 2>/dev/null || true
  perl -MIO::Socket::INET -MSocket=:all -e '
    my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "listen: $!";
    socket(my $client, PF_INET, SOCK_STREAM, 0) or die;
    setsockopt($client, IPPROTO_TCP, 13, "gadgetry_test") or die "TCP_CONGESTION: $!";
    connect($client, sockaddr_in($server->sockport, inet_aton("127.0.0.1"))) or die "connect: $!";
    my $peer = $server->accept;
    for (1 .. 20) { syswrite $client, "x" x 1000; sysread $peer, my $text, 1000 }'
}

check_gone() { ! available || { echo "gadgetry_test is still registered"; false; }; }

run_area
