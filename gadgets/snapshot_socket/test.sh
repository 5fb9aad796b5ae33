#!/bin/bash
# Sockets of both protocols and both families, listening and connected.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
cat >"$work/sockets.pl" <<'P'
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 unpack_sockaddr_in6);
socket(my $l, PF_INET, SOCK_STREAM, 0); bind($l, sockaddr_in(0, INADDR_LOOPBACK)); listen($l, 5);
my ($port) = sockaddr_in(getsockname($l));
socket(my $c, PF_INET, SOCK_STREAM, 0); connect($c, sockaddr_in($port, INADDR_LOOPBACK)) or die;
my ($from) = sockaddr_in(getsockname($c));
socket(my $u, PF_INET, SOCK_DGRAM, 0); bind($u, sockaddr_in(0, INADDR_LOOPBACK));
my ($udp) = sockaddr_in(getsockname($u));
my $six = 0;
my $s;
if (socket($s, PF_INET6, SOCK_STREAM, 0) && bind($s, pack_sockaddr_in6(0, inet_pton(AF_INET6, "::1")))) {
  listen($s, 5); ($six) = unpack_sockaddr_in6(getsockname($s))
}
$| = 1; print "$port $from $udp $six ", (stat $l)[1], "\n"; sleep 60;
P
perl "$work/sockets.pl" >"$work/ports" &
child=$!
trap 'kill $child 2>/dev/null; cleanup' EXIT
for _ in $(seq 50); do [ -s "$work/ports" ] && break; sleep 0.1; done
read -r port from udp six inode <"$work/ports"

"$GADGETCTL" run snapshot_socket -o json >"$work/out" 2>"$work/err" || fail "run failed"
expect_row ".src.port == $port and .src.addr == \"127.0.0.1\" and .src.proto == \"TCP\" and .state == \"LISTEN\" and .ino == $inode and .uid == 0 and .netns_id > 0"
expect_row ".src.port == $from and .dst.port == $port and .dst.addr == \"127.0.0.1\" and .dst.version == 4 and .state == \"ESTABLISHED\""
expect_row ".src.port == $udp and .proto == \"UDP\" and .src.proto == \"UDP\" and .state == \"CLOSED\" and .dst.port == 0"
[ "$six" = 0 ] || expect_row ".src.port == $six and .src.version == 6 and .src.addr == \"::1\" and .state == \"LISTEN\""
