#!/bin/bash
# Queries to a small name server on the loopback of a network namespace that the test makes, while the same port is
# quiet elsewhere: the number of the namespace, both directions, and how long the answer took.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
for tool in ip perl; do command -v "$tool" >/dev/null || skip "needs $tool"; done

space=gadgetry-dns-$$
remove_namespace() {
  [ -z "${server_pid:-}" ] || kill "$server_pid" 2>/dev/null || true
  cleanup
  ip netns del "$space" 2>/dev/null || true
}
trap remove_namespace EXIT
ip netns add "$space" || fail "cannot make a network namespace"
ip -n "$space" link set lo up
number=$(stat -L -c %i "/run/netns/$space")

# Answers each question with 192.0.2.7, after 20 ms; nothing is named "missing".
cat >"$work/server" <<'EOF'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.53", LocalPort => 53, Proto => "udp") or die "server: $!";
open(my $ready, ">", $ARGV[0]); close $ready;
while (my $from = $socket->recv(my $query, 4096)) {
  select(undef, undef, undef, 0.02);
  my $missing = index($query, "\7missing") >= 0;
  my $answer = substr($query, 0, 2) . pack("nnnnn", $missing ? 0x8183 : 0x8180, 1, $missing ? 0 : 1, 0, 0) . substr($query, 12);
  $answer .= pack("nnnNnC4", 0xc00c, 1, 1, 60, 4, 192, 0, 2, 7) unless $missing;
  $socket->send($answer, 0, $from);
}
EOF
cat >"$work/ask" <<'EOF'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.53", PeerPort => 53, Proto => "udp") or die "client: $!";
my $id = 0x1230;
for my $name (@ARGV) {
  my $question = join("", map { pack("C/a*", $_) } split(/\./, $name)) . "\0" . pack("nn", 1, 1);
  $socket->send(pack("nnnnnn", ++$id, 0x0100, 1, 0, 0, 0) . $question);
  $socket->recv(my $answer, 4096);
}
EOF
ip netns exec "$space" perl "$work/server" "$work/ready" &
server_pid=$!
for _ in $(seq $((100 * ${PATIENCE:-1}))); do [ -e "$work/ready" ] && break; sleep 0.1; done
[ -e "$work/ready" ] || fail "the name server does not start"

seen() { [ "$(jq -c 'select(.qr == "R")' "$work/out" 2>/dev/null | wc -l)" -ge "$1" ]; }
wait_for_responses() {
  local _
  for _ in $(seq $((100 * ${PATIENCE:-1}))); do seen "$1" && return 0; sleep 0.1; done
  fail "not $1 responses"
}

start_gadget trace_dns --netns "/run/netns/$space" -o json
timeout 60 ip netns exec "$space" perl "$work/ask" www.example.com missing.example.com || fail "no answer"
wait_for_responses 4 # on the loopback each packet goes out and comes in
stop_gadget
expect_no_event ".netns_id != $number"
expect_event '.qr == "Q" and .name == "www.example.com." and .qtype == "A" and .pkt_type == "OUTGOING" and .dst.addr == "127.0.0.53" and .dst.port == 53 and .nameserver.addr == "127.0.0.53"'
expect_event '.qr == "Q" and .name == "www.example.com." and .pkt_type == "HOST"'
expect_event '.qr == "R" and .name == "www.example.com." and .rcode == "Success" and .addresses == "192.0.2.7" and .src.port == 53 and .latency_ns_raw >= 20000000 and .latency_ns_raw < 20000000000'
expect_event '.qr == "R" and .name == "missing.example.com." and .rcode == "NameError" and .addresses == ""'
expect_event '.timestamp_raw > 0'

# Nothing of it is left in the namespace.
[ "$(ip netns exec "$space" cat /proc/net/packet | wc -l)" = 1 ] || fail "a raw socket is left"
