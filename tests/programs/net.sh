# shellcheck shell=bash
# What the areas for networks share: two network namespaces with a veth pair between them. Sourced after lib.sh. All
# traffic stays between the two.
left=gadgetry-$$-a
right=gadgetry-$$-b
on_exit "ip netns del $left" "; ip netns del $right"
ip netns add "$left"
ip netns add "$right"
ip -n "$left" link set lo up
ip -n "$right" link set lo up

in_left() { timeout 20 ip netns exec "$left" "$@"; }
in_right() { timeout 20 ip netns exec "$right" "$@"; }
net_ns_number() { stat -L -c %i "/run/netns/$1"; }

# pair LEFT RIGHT NUMBER [TYPE...]: interfaces with addresses 10.77.NUMBER.1 and .2, fd77:NUMBER::1 and ::2
pair() {
  local one=$1 two=$2 number=$3
  ip -n "$left" link add "$one" type veth peer name "$two" netns "$right"
  addresses "$one" "$two" "$number"
}
addresses() {
  ip -n "$left" addr add "10.77.$3.1/24" dev "$1"
  ip -n "$right" addr add "10.77.$3.2/24" dev "$2"
  ip -n "$left" addr add "fd77:$3::1/64" dev "$1" nodad
  ip -n "$right" addr add "fd77:$3::2/64" dev "$2" nodad
  ip -n "$left" link set "$1" up
  ip -n "$right" link set "$2" up
}

# Answers come back: packets both ways.
ping_right() { in_left ping -q -c 3 -i 0.2 -W 5 "$@"; }

# Nothing of traffic control: no filter and no clsact on an interface.
no_tc() { # namespace interface
  local found
  found=$(ip netns exec "$1" tc filter show dev "$2" ingress
    ip netns exec "$1" tc filter show dev "$2" egress
    ip netns exec "$1" tc qdisc show dev "$2" clsact)
  [ -z "$found" ] || { echo "left on $2: $found"; return 1; }
}
# No program on the namespace's interfaces: neither XDP, tcx nor netkit.
no_links() { # namespace
  local found
  found=$(ip netns exec "$1" ip -d link show | grep -o 'prog/[a-z]* id [0-9]*' || true)
  found+=$(ip netns exec "$1" perl -MPOSIX -e '
    my $bpf = (POSIX::uname())[4] eq "x86_64" ? 321 : 280;
    for (map { m{^(\d+):} } `ip -o link show`) {
      for my $type (46, 47, 54, 55) { # tcx ingress and egress, netkit primary and peer
        my $query = pack("LLLLQL", $_, $type, 0, 0, 0, 0) . "\0" x 40;
        next if syscall($bpf, 16, $query, length $query) != 0; # BPF_PROG_QUERY: not of this kind
        my $count = unpack("L", substr($query, 24, 4));
        print "$count programs of type $type on interface $_; " if $count;
      }
    }')
  [ -z "$found" ] || { echo "left: $found"; return 1; }
}
