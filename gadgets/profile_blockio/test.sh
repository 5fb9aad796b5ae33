#!/bin/bash
# Writes that must reach a disk are counted in the histogram.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
for folder in "$work" /var/tmp "$(dirname "$0")"; do
  device=$(stat -c %Hd:%Ld "$folder" 2>/dev/null) || continue
  [ -e "/sys/dev/block/$device" ] && break
  folder=
done
[ -n "$folder" ] || skip "no folder on a block device"
file=$(mktemp "$folder/gadgetry-blockio-XXXXXX")
trap 'rm -f "$file"; cleanup' EXIT

start_gadget profile_blockio -o json
for _ in $(seq 20); do dd if=/dev/zero of="$file" bs=4k count=1 conv=fsync,notrunc 2>/dev/null; done
sleep 1.5
stop_gadget
requests=$(jq -n '[inputs[] | .latency | add] | add // 0' "$work/out")
[ "$requests" -ge 20 ] || fail "only $requests requests for 20 synchronous writes"
expect_row '(.latency | length) == 27'

start_gadget profile_blockio --queued
for _ in $(seq 20); do dd if=/dev/zero of="$file" bs=4k count=1 conv=fsync,notrunc 2>/dev/null; done
sleep 0.3
stop_gadget
expect_stdout 'µs'
expect_stdout '(\*|█)'
