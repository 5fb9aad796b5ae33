#!/bin/bash
# Runs the WebAssembly specification's test suite, which is not part of this project: a folder of .wast files, or of
# the .json files that wast2json makes of them.
#
#   WASMCORE_CLI         the program under test
#   WASMCORE_CLI_SOFT    the same with the engine as a kernel builds it: floats in software
#   WASMCORE_TESTSUITE   the folder; by default ../shared/wasm-testsuite next to the checkout
#
# Skips when the folder is missing; fails when fewer than 50,000 assertions ran.
set -euo pipefail
: "${WASMCORE_CLI:?the program under test}"
: "${WASMCORE_CLI_SOFT:?the program under test, with floats in software}"
here=$(cd "$(dirname "$0")" && pwd)
suite=${WASMCORE_TESTSUITE:-$here/../../../shared/wasm-testsuite}
if [ ! -d "$suite" ]; then
  echo "NOT TESTED: the specification's test suite is missing: $suite"
  echo "set WASMCORE_TESTSUITE to a folder of its .wast files (git clone https://github.com/WebAssembly/testsuite)"
  exit 77
fi
if ! command -v wast2json >/dev/null && ! ls "$suite"/*.json >/dev/null 2>&1; then
  echo "NOT TESTED: wast2json (package wabt) is not installed, and $suite has no .json files"
  exit 77
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT

bad=0
for program in "$WASMCORE_CLI" "$WASMCORE_CLI_SOFT"; do
  status=0
  "$program" spec --dir "$suite" >"$out" || status=$?
  if [ "$status" != 0 ]; then
    grep -vE '^ok ' "$out" || true
    echo "FAILED: $(basename "$program"): status $status"
    bad=1
  fi
  sums=$(tail -1 "$out")
  echo "$(basename "$program"): $sums"
  passed=$(sed -n 's/^\([0-9]*\) passed, .*/\1/p' <<<"$sums")
  if [ "${passed:-0}" -lt 50000 ]; then
    echo "FAILED: $(basename "$program"): ${passed:-0} assertions ran, which cannot be all: at least 50000 were expected"
    bad=1
  fi
done
exit $bad
