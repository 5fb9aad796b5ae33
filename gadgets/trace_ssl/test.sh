#!/bin/bash
# A TLS server and a client on the loopback of a network namespace: what the client says and hears must be seen.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
command -v openssl >/dev/null || skip "openssl is needed"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key" -out "$work/certificate" 2>/dev/null

# Server and client; the server sends each line back, reversed.
cat >"$work/talk" <<'END'
ip link set lo up
openssl s_server -accept 127.0.0.1:4433 -key "$1/key" -cert "$1/certificate" -rev -naccept 1 >/dev/null 2>&1 &
for _ in $(seq 100); do
  ss -ltn 2>/dev/null | grep -q :4433 && break
  sleep 0.1
done
(echo "secret words of a client"; sleep 1) | openssl s_client -connect 127.0.0.1:4433 >/dev/null 2>&1
wait
END
talk() { unshare --net "$@" bash "$work/talk" "$work"; }

expect_talk() {
  expect_event '(.operation | startswith("SSL_write")) and .buf == "secret words of a client\n" and .len == 25 and .error == 0
    and .proc.comm == "openssl" and .latency_ns_raw > 0'
  expect_event '(.operation | startswith("SSL_read")) and (.buf | startswith("tneilc a fo sdrow terces"))'
  expect_event '.operation == "SSL_do_handshake" and .error == 0'
}

start_gadget trace_ssl -o json --comm openssl
talk
sleep 0.3
stop_gadget
expect_talk

start_gadget trace_ssl -o json --comm openssl --record-data=false
talk
sleep 0.3
stop_gadget
expect_event '(.operation | startswith("SSL_write")) and .buf == "" and .len == 25'

# In a container that runs already.
mkfifo "$work/go"
unshare --net --mount --pid --fork --kill-child sh -c 'read -r word <"$0"/go; bash "$0/talk" "$0"; : >"$0/done"; sleep 60' "$work" &
container=$!
start_gadget trace_ssl -o json --comm openssl --containers
echo go >"$work/go"
for _ in $(seq 200); do [ ! -e "$work/done" ] || break; sleep 0.1; done
sleep 0.3
kill -9 $container
stop_gadget
expect_talk
