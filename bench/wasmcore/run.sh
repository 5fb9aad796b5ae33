#!/usr/bin/env bash
# The benchmark of wasmcore: the same programs as machine code, under wasmcore with and without metering, under Node's V8
# and under wabt's interpreter, one after the other, in one table. What is missing is named, and its column is empty.
#
#   QUICK=1    small sizes, one round: shows that all runs; the figures mean little
#   ROUNDS=3   how often each of the two builds of wasmcore is run, by turns
#   BUILD=...  the build folder, configured for release    build/release
#   FIGURES=FILE  keeps the figures
set -euo pipefail
cd "$(dirname "$0")/../.."
here=bench/wasmcore
build=${BUILD:-build/release}
rounds=${ROUNDS:-3}
quick=()
[ -z "${QUICK:-}" ] || { quick=(--quick); rounds=1; }

missing() { echo "MISSING: $*" >&2; }

[ -f "$build/CMakeCache.txt" ] || cmake --preset release >/dev/null
go=$(scripts/fetch_go.sh) || { go=; missing "Go: the rows of its guest are left out"; }
cmake -DWASMCORE_BENCH_GO="$go" "$build" >/dev/null
cmake --build "$build" --target wasmcore_bench_all >/dev/null
bin=$build/$here
guests=$bin/guests
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT

pin=()
! command -v taskset >/dev/null || pin=(taskset -c "$(($(nproc) - 1))")
busy=$(awk '$1 > 0.7 { print $1 }' /proc/loadavg)
[ -z "$busy" ] || echo "NOTE: the machine is busy (load $busy before the first run): differences under 1.5x mean little" >&2
for round in $(seq "$rounds"); do
  echo "round $round of $rounds: wasmcore and machine code" >&2
  timeout 900 "${pin[@]}" "$bin/wasmcore_bench" "${quick[@]}" "$guests" >>"$figures"
  echo "round $round of $rounds: wasmcore without metering" >&2
  timeout 900 "${pin[@]}" "$bin/wasmcore_bench_nofuel" "${quick[@]}" --engine-only "$guests" >>"$figures"
done
for what in none text go; do
  "$bin/wasmcore_bench" --rss $what "$guests" >>"$figures"
done

if command -v node >/dev/null; then
  # V8 as it is, only its first compiler, only its second
  for engine in v8 v8_liftoff:--liftoff-only v8_turbofan:--no-liftoff; do
    flags=(--no-warnings)
    [[ $engine != *:* ]] || flags+=("${engine#*:}")
    engine=${engine%%:*}
    echo "node ${flags[*]}" >&2
    timeout 900 node "${flags[@]}" $here/node_bench.mjs "${quick[@]}" "$engine" "$guests" >>"$figures" ||
      missing "node ${flags[*]}: it failed"
    for what in none text go; do
      timeout 60 node "${flags[@]}" $here/node_bench.mjs --rss $what "$engine" "$guests" >>"$figures" || true
    done
  done
else
  missing "node: the columns of V8 are empty"
fi

# wasm-interp calls functions without arguments only: the figure for the whole size is made from the time between a small
# and a large one, which is too slow to be run in full.
wabt_time() { # the best of three, in microseconds
  local best='' start took
  for _ in 1 2 3; do
    start=${EPOCHREALTIME/[.,]/}
    timeout 120 wasm-interp "$guests/small/$1.wasm" --run-all-exports >/dev/null || return 1
    took=$((${EPOCHREALTIME/[.,]/} - start))
    [ -n "$best" ] && [ "$best" -le $took ] || best=$took
  done
  echo "$best"
}
if ! command -v wasm-interp >/dev/null; then
  missing "wasm-interp (package wabt): its column is empty"
elif [ -n "${QUICK:-}" ]; then
  missing "wasm-interp: not run with QUICK"
else
  echo "wasm-interp" >&2
  # name, small size, large size, and how many times the work between them the whole is
  while read -r name small large factor; do
    if from=$(wabt_time "$name.$small") && to=$(wabt_time "$name.$large"); then
      awk -v n="${name}_ms" -v t=$((to - from)) -v f="$factor" 'BEGIN { printf "%s\twabt\t%g\n", n, t / 1000 * f }' >>"$figures"
    else
      missing "wasm-interp on $name: it failed"
    fi
  done <<END
sha256 0 1 64
mix 2 10 125
fib 10 24 17.965
stream 1 5 75
floats 10 40 13.333
END
fi

echo
"$bin/bench_table" <"$figures"
[ -z "${FIGURES:-}" ] || cp "$figures" "$FIGURES"
