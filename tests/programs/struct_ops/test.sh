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

# A gadget that is killed leaves nothing registered where the kernel has links for such tables (Linux 6.4).
killed() {
  "$GADGETCTL" run "$image" -o json >/dev/null 2>"$work/killed" &
  local pid=$!
  wait_until 60 available || { tail -1 "$work/killed"; kill $pid; return 1; }
  kill -9 $pid
  wait_until 10 check_gone
}
! grep -q ' bpf_struct_ops_link_create$' /proc/kallsyms || check_row "struct_ops: nothing stays after kill -9" killed
run_area
