#!/bin/bash
# Packets through a netkit pair between two network namespaces. The iproute2 of some machines does not know the type: the
# pair is made by a small netlink message. A kernel without netkit gets a veth pair, on which the programs cannot be.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

# make_netkit: "row0" here and "far0" in the right namespace, which lets everything through
make_netkit() {
  ip netns exec "$left" perl -e '
    use Socket;
    sub attribute { my ($type, $data) = @_; my $length = 4 + length $data;
      return pack("SSa*", $length, $type, $data) . "\0" x (-$length & 3); }
    my ($here, $there, $space) = @ARGV;
    open(my $file, "<", $space) or die "$space: $!";
    my $head = pack("CxSiII", 0, 0, 0, 0, 0);
    my $peer = attribute(1, $head . attribute(3, "$there\0") . attribute(28, pack("I", fileno $file)));
    my $mode = attribute(5, pack("I", 0)); # with Ethernet headers
    my $info = attribute(1, "netkit\0") . attribute(2, $peer . $mode);
    my $body = $head . attribute(3, "$here\0") . attribute(18, $info);
    my $message = pack("ISSII", 16 + length $body, 16, 0x605, 1, 0) . $body;
    socket(my $socket, 16, SOCK_RAW, 0) or die "socket: $!";
    send($socket, $message, 0) or die "send: $!";
    recv($socket, my $answer, 8192, 0);
    my $error = unpack("l", substr($answer, 16, 4));
    $! = -$error, die "netkit: $!" if $error;
  ' row0 far0 "/run/netns/$right"
}
if make_netkit 2>"$work/netkit"; then
  addresses row0 far0 0
else
  grep -q 'not supported' "$work/netkit" || check_row 'netkit pair' make_netkit
  pair row0 far0 0
fi

trigger() { ping_right 10.77.0.2; }
check_gone() { no_links "$left"; }

run_area --netns "/run/netns/$left" --iface row0
