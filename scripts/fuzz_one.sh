#!/usr/bin/env bash
# Runs one libFuzzer target: fuzz_one.sh BINARY SECONDS. Seeds come from fuzz/corpus/NAME; new inputs are kept in
# build/corpus/NAME, findings in build/findings/NAME.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 seconds=$2 name=$(basename "$1")
corpus=build/corpus/$name findings=build/findings/$name
mkdir -p "$corpus" "$findings"
log=$findings/log
if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=25 -print_final_stats=1 \
  -artifact_prefix="$findings/" "$corpus" "fuzz/corpus/$name" >"$log" 2>&1; then
  printf 'ok   %s: %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
else
  tail -40 "$log"
  echo "fuzz: $name found something: see $findings" >&2
  exit 1
fi
