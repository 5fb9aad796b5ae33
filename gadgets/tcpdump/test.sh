#!/bin/bash
# Packets between two network namespaces that the test makes: as JSON, and as capture files that others read.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
for tool in ip ping tshark capinfos tcpdump; do command -v "$tool" >/dev/null || skip "needs $tool"; done

here=gadgetry-cap-$$
there=gadgetry-cap-$$-peer
remove_namespaces() {
  cleanup
  ip netns del "$here" 2>/dev/null || true
  ip netns del "$there" 2>/dev/null || true
}
trap remove_namespaces EXIT
ip netns add "$here" || fail "cannot make a network namespace"
ip netns add "$there"
ip -n "$here" link add gcap0 type veth peer name gcap1 netns "$there"
for side in "$here gcap0 1" "$there gcap1 2"; do
  read -r ns link number <<<"$side"
  ip netns exec "$ns" sysctl -qw "net.ipv6.conf.$link.disable_ipv6=1" 2>/dev/null || true # no traffic of its own
  ip -n "$ns" addr add "10.99.7.$number/24" dev "$link"
  ip -n "$ns" link set "$link" up
  ip -n "$ns" link set lo up
done
at=(--netns "/run/netns/$here" --iface gcap0)

pings() { ip netns exec "$there" ping -q -n -c "$1" -i 0.2 -W 5 "${@:2}" 10.99.7.1 >"$work/ping" || fail "no answer to ping"; }
pings 1 # the neighbours know each other now
udp() { ip netns exec "$there" bash -c "echo ${2:-hello} >/dev/udp/10.99.7.1/$1"; }
# Ends the capture when this many packets are in it.
stop_after() {
  local i
  for i in $(seq 50); do
    [ "$(tshark -r "$work/out" 2>/dev/null | wc -l)" -ge "$1" ] && break
    sleep 0.1
  done
  stop_gadget
  cp "$work/out" "$work/packets"
}
# The lines of tshark for the packets of the capture: packets FILTER FIELD...
packets() {
  local field args=()
  for field in "${@:2}"; do args+=(-e "$field"); done
  tshark -n -r "$work/packets" -Y "$1" -T fields "${args[@]}" 2>"$work/tshark"
}
expect_packets() { [ "$(packets "$2" frame.number | wc -l)" = "$1" ] || { packets "" frame.protocols; fail "not $1 packets with: $2"; }; }

# Every packet once, with its time, interface, direction and bytes.
begin=$(date +%s.%N)
start_gadget tcpdump "${at[@]}" -o pcap-ng --pf icmp
pings 5 -s 1000
stop_after 10
end=$(date +%s.%N)
capinfos "$work/packets" >"$work/info" 2>&1 || fail "capinfos: $(cat "$work/info")"
grep -q 'File type:.*pcapng' "$work/info" || fail "$(cat "$work/info")"
grep -q 'Name = gcap0' "$work/info" || fail "capinfos knows no interface: $(cat "$work/info")"
expect_packets 10 "icmp"
expect_packets 5 "icmp.type == 8 && ip.src == 10.99.7.2 && frame.interface_name == \"gcap0\" && frame.packet_flags_direction == 1"
expect_packets 5 "icmp.type == 0 && ip.src == 10.99.7.1 && frame.packet_flags_direction == 2"
expect_packets 10 "frame.len == 1042 && frame.cap_len == 1042"
packets icmp frame.time_epoch | awk -v b="$begin" -v e="$end" '$1 < b || $1 > e || $1 < last { bad = 1 } { last = $1 } END { exit bad }' ||
  fail "times outside of $begin..$end: $(packets icmp frame.time_epoch)"
[ "$(tcpdump -n -r "$work/packets" 'icmp[icmptype] == icmp-echo' 2>/dev/null | wc -l)" = 5 ] || fail "tcpdump reads something else"

# Of a long packet only the beginning, and how long it was.
start_gadget tcpdump "${at[@]}" -o pcap-ng --snaplen 64 --pf "icmp and greater 200"
pings 2 -s 500
pings 2
stop_after 4
expect_packets 4 "frame.cap_len == 64 && frame.len == 542"

# Expressions choose in the kernel.
start_gadget tcpdump "${at[@]}" -o pcap-ng --pf "udp dst portrange 7000-7002 and src host 10.99.7.2 or tcp[tcpflags] & tcp-syn != 0"
udp 6999
udp 7000
udp 7002
udp 7003
ip netns exec "$there" bash -c 'echo >/dev/tcp/10.99.7.1/81' 2>/dev/null || true # is refused: SYN, RST
pings 1
stop_after 3
expect_packets 3 "frame"
expect_packets 2 "udp && udp.dstport in {7000,7002}"
expect_packets 1 "tcp.flags.syn == 1 && tcp.dstport == 81"
start_gadget tcpdump "${at[@]}" -o pcap-ng --pf __reject_all__
pings 2
stop_after 0
expect_packets 0 "frame"

# A tag that the kernel keeps beside the packet is part of it.
if ip -n "$here" link add link gcap0 name gcap0.10 type vlan id 10 2>/dev/null; then
  ip -n "$there" link add link gcap1 name gcap1.10 type vlan id 10
  ip -n "$here" addr add 10.99.8.1/24 dev gcap0.10
  ip -n "$there" addr add 10.99.8.2/24 dev gcap1.10
  ip -n "$here" link set gcap0.10 up
  ip -n "$there" link set gcap1.10 up
  start_gadget tcpdump "${at[@]}" -o pcap-ng --pf "vlan 10 and icmp"
  pings 1
  ip netns exec "$there" ping -q -n -c 2 -i 0.2 10.99.8.1 >"$work/ping" || fail "no answer over the VLAN"
  stop_after 4
  expect_packets 4 "vlan.id == 10 && icmp && frame.len == 102"
  expect_packets 4 "frame"
fi

# While it runs, whoever reads the pipe sees packets.
: >"$work/err"
"$GADGETCTL" run tcpdump "${at[@]}" -o pcap-ng --pf icmp --timeout 20 -v 2>"$work/err" |
  timeout 30 tshark -n -l -i - -c 2 -T fields -e ip.src >"$work/live" 2>"$work/tshark" &
gadget_pid=$!
for i in $(seq 100); do
  grep -q 'gadget attached' "$work/err" && break
  sleep 0.1
done
pings 3
for i in $(seq 100); do
  [ "$(wc -l <"$work/live")" = 2 ] && break
  sleep 0.1
done
for i in $(seq 50); do # the reader is gone: the next packet ends the run
  kill -0 "$gadget_pid" 2>/dev/null || break
  pings 1
done
wait "$gadget_pid" || true
gadget_pid=
[ "$(wc -l <"$work/live")" = 2 ] || fail "live: $(cat "$work/live" "$work/tshark")"

# The same as events.
start_gadget tcpdump "${at[@]}" -o json --pf "udp port 7000" --snaplen 44
udp 7000 hello
for i in $(seq 50); do
  [ -s "$work/out" ] && break
  sleep 0.1
done
stop_gadget
inode=$(stat -Lc %i "/run/netns/$here")
expect_event ".ifname == \"gcap0\" and .netns_id == $inode and .packet_type == \"HOST\" and .packet_size == 48 and .payload_len == 44 and (.payload | endswith(\"6865\"))"
[ "$(wc -l <"$work/out")" = 1 ] || fail "one packet is not one event"

# What is wrong is said before anything is attached.
expect_status 2 "$GADGETCTL" run tcpdump "${at[@]}" --pf "tcp prt 80"
grep -q -- '--pf: packet filter "tcp prt 80":.*pcap-filter(7)' "$work/err" || fail "$(cat "$work/err")"
expect_status 2 "$GADGETCTL" run trace_open -o pcap-ng --timeout 1
grep -q 'no data source that holds packets' "$work/err" || fail "$(cat "$work/err")"
