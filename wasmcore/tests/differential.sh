#!/usr/bin/env bash
# Compares the engine with wabt's interpreter on modules that binaryen makes up: differential.sh [COUNT] [SEED].
# The environment may name the program: RUN_EXPORTS (build/release/tests/wasmcore_run_exports). Disagreements are kept in
# build/findings/differential. Exit status 77: tools are missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
count=${1:-60} seed=${2:-1}
for tool in wasm-opt wasm-interp wasm-validate; do
  command -v "$tool" >/dev/null || { echo "no $tool (packages binaryen and wabt)"; exit 77; }
done
run=${RUN_EXPORTS:-$root/build/release/tests/wasmcore_run_exports}
[ -x "$run" ] || { echo "wasmcore_run_exports is not built"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
findings=$root/build/findings/differential
features=(--enable-sign-ext --enable-mutable-globals --enable-nontrapping-float-to-int --enable-bulk-memory
  --enable-simd --enable-multivalue)

# NaNs have no sign or payload here, and traps no text.
normal() { sed -E 's/-?nan/nan/g; s/error: .*/error/; s/0x[7f]fc00000/0xnan/g' "$1"; }

same=0 differ=0 left=0
for ((i = 0; i < count; i++)); do
  n=$((seed * 1000003 + i))
  # Any bytes do, as long as a seed always gives the same ones.
  awk -v s="$n" 'BEGIN { srand(s); for (i = 0; i < 3000; i++) printf "%c", int(rand() * 95) + 32 }' >"$work/in"
  if ! timeout 20 wasm-opt "$work/in" -ttf "${features[@]}" -o "$work/m.wasm" 2>/dev/null ||
    ! wasm-validate "$work/m.wasm" 2>/dev/null ||
    ! timeout 10 wasm-interp "$work/m.wasm" --run-all-exports --dummy-import-func >"$work/theirs" 2>&1 ||
    grep -q 'stack exhausted' "$work/theirs"; then
    left=$((left + 1))
    continue
  fi
  status=0
  timeout 60 "$run" "$work/m.wasm" >"$work/ours" 2>&1 || status=$?
  if [ $status = 4 ]; then
    left=$((left + 1))
  elif diff <(normal "$work/theirs") <(normal "$work/ours") >"$work/diff"; then
    same=$((same + 1))
  else
    differ=$((differ + 1))
    mkdir -p "$findings"
    cp "$work/m.wasm" "$findings/$n.wasm"
    echo "module $n (status $status):"
    head -4 "$work/diff"
  fi
done
echo "$same modules with the same results, $differ differ, $left left out"
[ $differ = 0 ] && [ $same != 0 ]
