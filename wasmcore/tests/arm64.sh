#!/bin/bash
# The project's own scripts (tests/wast) on engines that the other tests do not run: for AArch64 under qemu, with floats
# in hardware and in software, and for this machine with masked indices (WASMCORE_SPECTRE). The engines are built here,
# with a runner in C (wast_runner.c).
#
#   CC_GCC, CC_ARM64, QEMU_ARM64   the programs (gcc, aarch64-linux-gnu-gcc, qemu-aarch64-static)
#
# Needs wast2json (wabt) and jq; gcc-aarch64-linux-gnu and qemu-user-static for AArch64, else that part is skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gcc=${CC_GCC:-gcc} arm64=${CC_ARM64:-aarch64-linux-gnu-gcc} qemu=${QEMU_ARM64:-qemu-aarch64-static}
for tool in wast2json jq "$gcc"; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- scripts, as lines for the runner
# shellcheck disable=SC2016
filter='
  def status: {assert_invalid: 2, assert_malformed: 1, assert_unlinkable: 6, assert_uninstantiable: 7}[.type];
  def value: if .type == "v128" then "v128 \(.lane_type),\(.value | join(","))" else "\(.type) \(.value // 0)" end;
  def values: "\(length)" + (map(" " + value) | join(""));
  def action: "\(.line) \(.action.module // "-" | @uri) \(.action.field | @uri) \(.action.args // [] | values)";
  .commands[] |
  if .type == "module" then "module \(.name // "-" | @uri) \(.filename)"
  elif .type == "register" then "register \(.name // "-" | @uri) \(.as | @uri)"
  elif .type == "assert_return" and .action.type == "get" then "get \(action) \(.expected | values)"
  elif .type == "assert_return" then "return \(action) \(.expected | values)"
  elif .type == "action" then "action \(action) 0"
  elif .type == "assert_trap" or .type == "assert_exhaustion" then "trap \(action) \(.text | @uri)"
  elif status and .module_type == "binary" then "refused \(.line) \(status) \(.filename)"
  else error("command \(.type) at line \(.line)") end'
for script in "$here"/wast/*.wast; do
  name=$(basename "$script" .wast)
  mkdir "$work/$name"
  wast2json "$script" -o "$work/$name/script.json"
  jq -r "$filter" "$work/$name/script.json" >"$work/$name/script"
done

# --- engines
build() { # NAME COMPILER FLAGS...
  local name=$1 compiler=$2 source
  shift 2
  mkdir "$work/obj-$name"
  for source in "$here"/../src/*.c; do
    "$compiler" -std=c11 -O2 -ffreestanding -fno-math-errno -ffp-contract=off -I"$here/../include" "$@" -c "$source" \
      -o "$work/obj-$name/$(basename "$source" .c).o" &
    [ "$(jobs -r | wc -l)" -lt "$(nproc)" ] || wait -n
  done
  wait
  # the runner and what it needs of a libc are not freestanding
  "$compiler" -std=gnu11 -O1 -static -I"$here/../include" -I"$here/../hosted" "$here/wast_runner.c" \
    "$here/../hosted/wasmcore_hosted.c" "$work/obj-$name"/*.o -o "$work/runner-$name"
}

bad=0
run() { # NAME PROGRAM...
  local name=$1 script status total=0 passed
  shift
  for script in "$work"/*/script; do
    status=0
    (cd "$(dirname "$script")" && timeout 300 "$@" script) >"$work/out" || status=$?
    passed=$(sed -n 's/^\([0-9]*\) passed, .*/\1/p' "$work/out")
    total=$((total + ${passed:-0}))
    if [ $status != 0 ]; then
      echo "FAILED: $name: $(basename "$(dirname "$script")").wast: status $status"
      head -20 "$work/out"
      bad=1
    fi
  done
  echo "$name: $total passed"
  if [ "$total" -lt 9000 ]; then
    echo "FAILED: $name: that cannot be all"
    bad=1
  fi
}

build spectre "$gcc" -DWASMCORE_SPECTRE
run "masked indices" "$work/runner-spectre"

if ! command -v "$arm64" >/dev/null || ! command -v "$qemu" >/dev/null; then
  [ $bad = 0 ] || exit 1
  echo "AArch64 was not tested: $arm64 (gcc-aarch64-linux-gnu) or $qemu (qemu-user-static) is not installed"
  exit 77
fi
build arm64 "$arm64"
run AArch64 "$qemu" "$work/runner-arm64"
build arm64-soft "$arm64" -mgeneral-regs-only -DWASMCORE_SOFTFLOAT
run "AArch64, floats in software" "$qemu" "$work/runner-arm64-soft"
exit $bad
