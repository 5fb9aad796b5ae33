#!/usr/bin/env bash
# Compiles the examples and the conformance module without a C library, and one example with wasi-libc when that is there;
# checks what they import and export, and prints how big they are.
#
#   test.sh [OUTDIR]          keeps the modules in OUTDIR
#
# Ends with 77 when the tools are missing, as tests that were skipped do.
#
#   CLANG, CLANGXX            compilers for wasm32 (clang-19, clang++-19)
#   WASMCORE_CLI              validates the modules (default: build/release/bin/wasmcore-cli, when it is there)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
clang=${CLANG:-clang-19}
clangxx=${CLANGXX:-clang++-19}
wasmcore=${WASMCORE_CLI:-$root/build/release/bin/wasmcore-cli}

for tool in "$clang" "$clangxx" wasm-ld-19; do
  command -v "$tool" >/dev/null || { echo "skipped: sdk/wasm/cpp: $tool is missing"; exit 77; }
done
out=${1:-}
if [ -z "$out" ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"

warnings="-Wall -Wextra -Wshadow -Wconversion -Werror"
common="-Os $warnings -I$here -Wl,--strip-all"
free="--target=wasm32-unknown-unknown -mbulk-memory -nostdlib -Wl,--no-entry"
cxx="-std=c++20 -fno-exceptions -fno-rtti"
failed=0
fail() { echo "FAILED: $*" >&2; failed=1; }

check() {  # NAME LIMIT: valid, and not bigger than LIMIT bytes
  local name=$1 limit=$2 size
  size=$(stat -c %s "$out/$name.wasm")
  printf '%-24s %6d bytes\n' "$name" "$size"
  [ "$size" -le "$limit" ] || fail "$name: $size bytes, more than $limit"
  if [ -x "$wasmcore" ]; then
    timeout 60 "$wasmcore" validate "$out/$name.wasm" >/dev/null || fail "$name: not valid"
  fi
}
exports_of() { "$wasmcore" inspect "$out/$1.wasm" | sed -n '/^exports/,/^sections/p'; }

# shellcheck disable=SC2086  # the flags are lists
{
  for source in "$here"/examples/*.cpp; do
    name=$(basename "$source" .cpp)
    "$clangxx" $free $cxx $common "$source" -o "$out/$name.wasm" && check "$name" 10240 || fail "$name"
  done
  "$clang" $free -std=c11 $common "$here/examples/hello.c" -o "$out/hello.wasm" && check hello 10240 || fail hello
  "$clangxx" $free $cxx $common "$here"/conformance/*.cpp -o "$out/conformance.wasm" && check conformance 65536 ||
    fail conformance
  # Without -mbulk-memory, without optimisation, and with a C library the same sources must work.
  "$clangxx" ${free/-mbulk-memory/} $cxx $common "$here/examples/rewrite.cpp" -o "$out/rewrite-mvp.wasm" &&
    check rewrite-mvp 10240 || fail rewrite-mvp
  "$clangxx" $free $cxx ${common/-Os/-O0} "$here"/conformance/*.cpp -o "$out/conformance-O0.wasm" &&
    check conformance-O0 1048576 || fail conformance-O0
  if [ -d /usr/include/wasm32-wasi ]; then
    "$clangxx" --target=wasm32-wasi -mexec-model=reactor $cxx $common "$here/examples/rewrite.cpp" \
      -o "$out/rewrite-wasi.wasm" && check rewrite-wasi 20480 || fail rewrite-wasi
  else
    echo "skipped: sdk/wasm/cpp with wasi-libc: it is missing (package wasi-libc)"
  fi
}

if [ -x "$wasmcore" ] && [ $failed = 0 ]; then
  # What a module does not use is not in it: version 1 only hosts can run it.
  if "$wasmcore" inspect "$out/identity.wasm" | grep -q 'gadget_v2\.'; then fail "identity imports gadget_v2"; fi
  exports_of identity | grep -q dataSourceCallback || fail "identity does not export dataSourceCallback"
  if exports_of identity | grep -Eq 'gadget(Batch|Timer|Output)'; then fail "identity exports what it does not use"; fi
  exports_of drop | grep -q gadgetBatch || fail "drop does not export gadgetBatch"
  exports_of timer | grep -q gadgetTimer || fail "timer does not export gadgetTimer"
fi
exit $failed
