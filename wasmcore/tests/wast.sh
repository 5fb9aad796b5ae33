#!/bin/bash
# Runs the project's own scripts, tests/wast/*.wast, and prints how many assertions passed.
#
#   WASMCORE_CLI   the program under test: wasmcore-cli, or wasmcore-cli-soft
#
# Needs wast2json (wabt).
set -euo pipefail
: "${WASMCORE_CLI:?the program under test}"
command -v wast2json >/dev/null || { echo "wast2json (package wabt) is not installed"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp)
trap 'rm -f "$out"' EXIT

status=0
"$WASMCORE_CLI" spec --verbose "$here"/wast/*.wast >"$out" || status=$?
cat "$out"
[ "$status" = 0 ] || { echo "FAILED: status $status"; exit 1; }
# Fewer means that a file went missing or is not read to its end.
passed=$(tail -1 "$out" | sed -n 's/^\([0-9]*\) passed, 0 failed, 0 skipped$/\1/p')
[ "${passed:-0}" -ge 9000 ] || { echo "FAILED: only ${passed:-an unknown number} of assertions ran, or some were skipped"; exit 1; }
