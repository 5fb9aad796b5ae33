#!/usr/bin/env bash
# Fuzzes every target for a while: fuzz.sh [SECONDS_EACH].
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz
cmake --build --preset fuzz --target fuzz_targets
status=0
for target in build/fuzz/fuzz/fuzz_*; do scripts/fuzz_one.sh "$target" "${1:-600}" || status=1; done
exit $status
