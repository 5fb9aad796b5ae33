#!/usr/bin/env bash
# Compiles the package, the example and the conformance module, all without network and with an empty cache of modules; checks
# what they import and export, and runs the conformance module when a host's test program is there.
#
#   test.sh [OUTDIR]          keeps the modules in OUTDIR
#
#   GADGETRY_GO               Go >= 1.24 (default: what scripts/fetch_go.sh finds without network)
#   GADGETRY_GO_OFFLINE=      may fetch it
#   WASMCORE_CLI              validates the modules (default: build/release/bin/wasmcore-cli, when it is there)
#   GADGETRY_WASM_TEST        runs the conformance module (default: build/release/tests/wasm_test, when it is there)
#
# Exit status: 0, 1, or 77 when there is no compiler.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
wasmcore=${WASMCORE_CLI:-$root/build/release/bin/wasmcore-cli}
wasm_test=${GADGETRY_WASM_TEST:-$root/build/release/tests/wasm_test}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${1:-$work/out}
mkdir -p "$out" "$work/module"

if ! go=$(GADGETRY_GO_OFFLINE=${GADGETRY_GO_OFFLINE-1} "$root/scripts/fetch_go.sh" 2>"$work/why"); then
  echo "skipped: sdk/wasm/go: $(tail -n 1 "$work/why")"
  exit 77
fi
export GOTOOLCHAIN=local GO111MODULE=on GOFLAGS="" GOWORK=off GOPROXY=off GOSUMDB=off GOMODCACHE=$work/modules
export CGO_ENABLED=0 GOOS=wasip1 GOARCH=wasm
"$go" version
failed=0
fail() { echo "FAILED: sdk/wasm/go: $*" >&2; failed=1; }

# The author's go.mod, and where the package is: what a module says of the folder of the SDK stays out of its own files.
build() { # FOLDER LIMIT: not bigger than LIMIT bytes
  local name=$1 limit=$2 size settings=("-modfile=$work/module/go.mod" -mod=mod)
  { cat "$here/$name/go.mod"
    printf '\nrequire gadgetry/wasm v0.0.0\nreplace gadgetry/wasm => %s\n' "$here"
  } >"$work/module/go.mod"
  timeout 600 "$go" vet -C "$here/$name" "${settings[@]}" . || fail "$name: go vet"
  timeout 600 "$go" build -C "$here/$name" "${settings[@]}" -trimpath -buildmode=c-shared -ldflags "-w -s" \
    -o "$work/$name.wasm" . || { fail "$name does not build"; return; }
  mv "$work/$name.wasm" "$out/$name.wasm"
  size=$(stat -c %s "$out/$name.wasm")
  printf '%-24s %8d bytes\n' "$name" "$size"
  [ "$size" -le "$limit" ] || fail "$name: $size bytes, more than $limit"
  [ -x "$wasmcore" ] || return 0
  timeout 60 "$wasmcore" validate "$out/$name.wasm" >/dev/null || fail "$name is not valid"
}

timeout 600 "$go" vet -C "$here" . || fail "go vet"
gofmt=$("$go" env GOROOT)/bin/gofmt
if [ -x "$gofmt" ]; then
  unformatted=$("$gofmt" -l "$here")
  [ -z "$unformatted" ] || fail "not formatted: $unformatted"
fi
build example 4194304
build conformance 6291456
build compat 4194304

if [ -x "$wasmcore" ] && [ -f "$out/example.wasm" ]; then
  inspected=$(timeout 60 "$wasmcore" inspect "$out/example.wasm")
  for name in _initialize gadgetAPIVersion gadgetInit dataSourceCallback; do
    grep -qw "$name" <<<"$inspected" || fail "example does not export $name"
  done
  # What a module does not use is not in it: hosts of version 1 can run it.
  for name in example compat; do
    if timeout 60 "$wasmcore" inspect "$out/$name.wasm" | grep -q 'gadget_v2'; then fail "$name imports gadget_v2"; fi
  done
else
  echo "skipped: validating the modules: there is no $wasmcore"
fi

if [ -x "$wasm_test" ] && [ -f "$out/conformance.wasm" ]; then
  if ! GADGETRY_CONFORMANCE=$out/conformance.wasm timeout 300 "$wasm_test" --gtest_filter='*GivenConformance*' >"$work/log" 2>&1
  then
    cat "$work/log" >&2
    fail "conformance"
  elif grep -q '^\[  PASSED  \] 1 test' "$work/log"; then
    echo "conformance: passed"
  else
    echo "skipped: running the conformance module: $wasm_test has no test GivenConformance"
  fi
else
  echo "skipped: running the conformance module: there is no $wasm_test"
fi
exit $failed
