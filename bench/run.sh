#!/usr/bin/env bash
# The benchmark of `make bench`: our readers, the bare minimum, and other tools, in one storm of open calls after the
# other. Needs root. COUNT=2000000 is the number of calls.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release
[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"
for package in libbpf-tools bpftrace; do # peers; without them their rows are missing
  dpkg-query -W "$package" >/dev/null 2>&1 || apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1 ||
    echo "bench: $package cannot be installed: its row is left out" >&2
done
cmake --build --preset release --target gadgetctl gadgets open_storm bare_consumer storm_bench json_bench \
  ring_bench ring_bench_object >/dev/null
object=$(mktemp)
trap 'rm -f "$object"' EXIT
digest=$("$build/bin/gadgetctl" --store "$build/share/gadgetry/gadgets" image inspect trace_open -o json |
  jq -r '[.. | objects | select(.mediaType? == "application/vnd.gadget.ebpf.program.v1+binary")][0].digest')
cp "$build/share/gadgetry/gadgets/blobs/${digest/://}" "$object"
"$build/bench/storm_bench" "$build/bin/gadgetctl" "$build/bench/open_storm" "$build/bench/bare_consumer" "$object" \
  "${COUNT:-2000000}"

echo
echo "A JSON line, written by hand for the struct and by the plan made from its BTF:"
"$build/src/output/json_bench" --benchmark_min_time=0.2 2>/dev/null | tail -1
echo "Taking events out of a ring buffer, libbpf's reader and ours:"
"$build/bench/ring_bench" "$build/bench/ring_bench.bpf.o" | tail -4
