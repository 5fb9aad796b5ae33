#!/usr/bin/env bash
# What modules cost: trace_open without one and with modules that look at each event, rewrite a text, or drop 99 events
# of a hundred, called event by event and in batches; and trace_dns, whose module parses messages. First in one process,
# then with real events of a storm of open calls (needs root). All in one run, by turns.
#
#   QUICK=1        few rounds: shows that all runs; the figures mean little
#   COUNT=2000000  calls of a storm
#   ROUNDS=3       storms of each variant; the one with the least CPU time counts
#   BUILD=...      the build folder, configured for release    build/release
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"
build=${BUILD:-build/release}
count=${COUNT:-2000000}
rounds=${ROUNDS:-3}
quick=()
[ -z "${QUICK:-}" ] || { quick=(--quick); rounds=1; count=200000; }

[ -f "$build/CMakeCache.txt" ] || cmake --preset release >/dev/null
cmake --build "$build" --target gadgetctl gadgets wasm_stage_bench open_storm >/dev/null
gadgetctl=$build/bin/gadgetctl
export GADGETRY_DATA_DIR=$PWD/$build/share/gadgetry
[[ $build != /* ]] || export GADGETRY_DATA_DIR=$build/share/gadgetry

work=$(mktemp -d)
reader=
trap '[ -z "$reader" ] || kill "$reader" 2>/dev/null; rm -rf "$work"' EXIT
modules=(identity_event rewrite_event drop99_event identity_batch rewrite_batch drop99_batch)
for module in "${modules[@]}"; do
  folder=$work/bench_$module
  mkdir "$folder"
  cp gadgets/trace_open/{program.bpf.c,gadget.yaml} "$folder"
  cp "bench/wasm/guests/$module.cpp" "$folder/module.cpp"
  echo "wasm: module.cpp" >"$folder/build.yaml"
  "$gadgetctl" --store "$work/store" build -t "bench_$module" "$folder" >/dev/null
done

busy=$(awk '$1 > 0.7 { print $1 }' /proc/loadavg)
[ -z "$busy" ] || echo "NOTE: the machine is busy (load $busy): differences under 1.5x mean little" >&2
last=$(($(nproc) - 1))
echo "In one process, batches of 256 events:"
echo
taskset -c "$last" "$build/bench/wasm/wasm_stage_bench" "${quick[@]}" "$work/store" gadgets/trace_dns/tests

# CPU time of a process and its threads, in nanoseconds.
cpu_time() { cat "/proc/$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }

warm=20000
# One storm: prints CPU time of the reader in ns for each event, events lost, and seconds that the storm took.
storm() {
  local before after took said
  : >"$work/said"
  taskset -c "$last" "$gadgetctl" --store "$work/store" run "$1" -v -o json >/dev/null 2>"$work/said" &
  reader=$!
  timeout 30 bash -c "until grep -q 'gadget attached' '$work/said'; do sleep 0.1; done"
  taskset -c 0 "$build/bench/open_storm" "$warm" >/dev/null
  sleep 0.5
  before=$(cpu_time $reader)
  took=$(taskset -c 0 "$build/bench/open_storm" "$count")
  sleep 0.5
  after=$(cpu_time $reader)
  kill -INT $reader
  wait $reader || true
  reader=
  said=$(grep -o '[0-9]* events produced.* lost' "$work/said" | tail -1)
  [ -n "$said" ] || { cat "$work/said" >&2; return 1; }
  # Other processes open files as well.
  awk -v cpu=$((after - before)) -v warm="$warm" -v took="$took" -v said="$said" \
    'BEGIN { split(said, w, " "); printf "%.1f %d %.2f %d\n", cpu / (w[1] - warm), w[length(w) - 1], took, w[4] }'
}

echo "gadgetctl run -o json > /dev/null, real events, $count calls each:"
echo
declare -A best
for round in $(seq "$rounds"); do
  for name in trace_open "${modules[@]/#/bench_}"; do
    figures=$(storm "$name")
    [ -n "${best[$name]:-}" ] && awk -v a="${best[$name]%% *}" -v b="${figures%% *}" 'BEGIN { exit !(a <= b) }' ||
      best[$name]=$figures
  done
done
printf '%-40s %12s %9s %8s %9s %9s %8s\n' "" "CPU ns/event" added ratio delivered lost storm
for name in trace_open "${modules[@]/#/bench_}"; do
  read -r cpu lost took delivered <<<"${best[$name]}"
  awk -v name="${name#bench_}" -v cpu="$cpu" -v base="${best[trace_open]%% *}" -v lost="$lost" -v took="$took" \
    -v delivered="$delivered" 'BEGIN { printf "  %-38s %12.1f %9.1f %7.2fx %9d %9d %6.2f s\n", name, cpu, cpu - base,
                                       cpu / base, delivered, lost, took }'
done
