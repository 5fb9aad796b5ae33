#!/bin/bash
# The engine compiles without a warning and without a libc, in every variant that somebody may need: gcc and clang, with
# and without optimisation, without floating-point registers, with masked indices, for x86-64 and AArch64. What remains
# undefined is memcpy, memmove, memset and memcmp, nothing else; builds without floats use no register of floats.
#
#   CC_GCC, CC_CLANG, CC_ARM64   the compilers (gcc, clang-19, aarch64-linux-gnu-gcc)
#
# Compilers that are missing are left out and named; without any the test is skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gcc=${CC_GCC:-gcc} clang=${CC_CLANG:-clang-19} arm64=${CC_ARM64:-aarch64-linux-gnu-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror -ffreestanding -fno-math-errno -ffp-contract=off
  -fno-stack-protector -I"$here/../include")
missing=()
bad=0
variants=0

# variant LINKER NAME COMPILER FLAGS...
variant() {
  local ld=$1 name=$2 undefined pids=() source pid ok=1 wrong=0
  shift 2
  if ! command -v "$1" >/dev/null || ! command -v "$ld" >/dev/null; then
    missing+=("$name ($1, $ld)")
    return 0
  fi
  variants=$((variants + 1))
  rm -f "$work"/*.o
  for source in "$here"/../src/*.c; do
    "$@" "${flags[@]}" -c "$source" -o "$work/$(basename "$source" .c).o" 2>>"$work/messages" &
    pids+=($!)
    if [ ${#pids[@]} -ge "$(nproc)" ]; then
      wait "${pids[0]}" || ok=0
      pids=("${pids[@]:1}")
    fi
  done
  for pid in "${pids[@]}"; do wait "$pid" || ok=0; done
  if [ $ok = 0 ]; then
    echo "FAILED: $name does not compile: $*"
    head -20 "$work/messages"
    bad=1
    : >"$work/messages"
    return 0
  fi
  "$ld" -r -o "$work/all" "$work"/*.o
  undefined=$("${ld%ld}nm" -u "$work/all" | awk '{print $2}' | grep -vxE 'memcpy|memmove|memset|memcmp' | tr '\n' ' ' || true)
  if [ -n "$undefined" ]; then
    echo "FAILED: $name needs from outside: $undefined"
    bad=1 wrong=1
  fi
  # registers of floats and vectors, in code that must have none
  if [[ $* == *SOFTFLOAT* ]] && "${ld%ld}objdump" -d --no-show-raw-insn "$work/all" |
    grep -E '%[xyz]mm[0-9]|%st|[[:space:]](fmov|fadd|fmul|fcvt[a-z]*|movi)[[:space:]]|[[:space:],\[{][qdv][0-9]+[],.]' |
    head -3 | grep .; then
    echo "FAILED: $name uses registers of floats"
    bad=1 wrong=1
  fi
  if [[ $* != *-O0* ]] && [ "$("${ld%ld}size" "$work/all" | awk 'NR == 2 {print ($3 > 0)}')" = 1 ]; then
    echo "FAILED: $name has variables: the engine has no global state"
    bad=1 wrong=1
  fi
  [ $wrong = 1 ] || echo "ok $name"
}

x86_soft=(-mno-sse -mno-80387 -DWASMCORE_SOFTFLOAT)
arm_soft=(-mgeneral-regs-only -DWASMCORE_SOFTFLOAT)
if [ "$(uname -m)" = x86_64 ]; then
  for compiler in "$gcc" "$clang"; do
    variant ld "$compiler -O2" "$compiler" -O2
    variant ld "$compiler -O0" "$compiler" -O0
    variant ld "$compiler soft-float" "$compiler" -O2 "${x86_soft[@]}"
    variant ld "$compiler masked indices" "$compiler" -O2 -DWASMCORE_SPECTRE
  done
fi
arm64_ld=aarch64-linux-gnu-ld
variant $arm64_ld "arm64 $arm64 -O2" "$arm64" -O2 -mno-outline-atomics
variant $arm64_ld "arm64 $arm64 soft-float" "$arm64" -O2 -mno-outline-atomics "${arm_soft[@]}"
variant $arm64_ld "arm64 $clang -O2" "$clang" --target=aarch64-linux-gnu -O2
variant $arm64_ld "arm64 $clang soft-float" "$clang" --target=aarch64-linux-gnu -O2 "${arm_soft[@]}"

[ ${#missing[@]} = 0 ] || printf 'skipped: not compiled: %s is missing\n' "${missing[@]}"
[ $variants -gt 0 ] || { echo "there is no compiler"; exit 77; }
echo "$variants variants"
exit $bad
