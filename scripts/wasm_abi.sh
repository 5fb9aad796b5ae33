#!/usr/bin/env bash
# Writes what is made from src/wasm/abi_table.inc: docs/wasm-api.md and the import declarations of the SDKs.
#
#   wasm_abi.sh           writes them
#   wasm_abi.sh --check   writes nothing; fails with the difference when one is not what it should be
#
#   WASM_ABI_GEN   the generator, if it is built already (default: compiled to a temporary folder)
#   CXX            the compiler for that (c++)
set -euo pipefail
cd "$(dirname "$0")/.."
check=0
case ${1:-} in
  "") ;;
  --check) check=1 ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gen=${WASM_ABI_GEN:-}
if [ -z "$gen" ]; then
  gen=$work/wasm_abi_gen
  "${CXX:-c++}" -std=c++20 -Isrc -Iwasmcore/include tools/wasm_abi/*.cpp -o "$gen"
fi

failed=0
make_one() {  # FILE ARGUMENTS...
  local file=$1; shift
  "$gen" "$@" > "$work/out"
  if [ $check = 0 ]; then
    mkdir -p "$(dirname "$file")"
    cmp -s "$work/out" "$file" || { cp "$work/out" "$file"; echo "$file: written"; }
  elif ! diff -u --label "$file" --label "$file, as it should be" "$file" "$work/out"; then
    failed=1
  fi
}
make_one docs/wasm-api.md docs tools/wasm_abi/wasm-api.in.md
make_one sdk/wasm/cpp/gadget/imports.h c
make_one sdk/wasm/cpp/gadget/calls.h c-calls
make_one sdk/wasm/rust/src/imports.rs rust
make_one sdk/wasm/go/imports.go go
if [ $failed = 1 ]; then
  echo "error: files made from src/wasm/abi_table.inc are out of date: run scripts/wasm_abi.sh" >&2
fi
exit $failed
