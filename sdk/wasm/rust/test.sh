#!/usr/bin/env bash
# Compiles the crate, its documentation tests, the examples and the conformance module, all without network; checks what the
# modules import and export, and runs the conformance module when a host's test program is there.
#
#   test.sh [OUTDIR]          keeps the modules in OUTDIR
#
#   RUSTC, CARGO, RUSTDOC     a toolchain with a standard library for wasm32-wasip1 or wasm32-wasi (default: Debian's in
#                             /usr/bin, else the one in PATH)
#   WASMCORE_CLI              validates the modules (default: build/release/bin/wasmcore-cli, when it is there)
#   GADGETRY_WASM_TEST        runs the conformance module (default: build/release/tests/wasm_test, when it is there)
#
# Exit status: 0, 1, or 77 when there is no toolchain.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
wasmcore=${WASMCORE_CLI:-$root/build/release/bin/wasmcore-cli}
wasm_test=${GADGETRY_WASM_TEST:-$root/build/release/tests/wasm_test}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${1:-$work/out}
mkdir -p "$out"

# A rustup in PATH often has no standard library for WASI and hides Debian's, which has.
find_toolchain() {
  local folder candidate
  echo 'fn main() {}' >"$work/empty.rs"
  for folder in /usr/bin "$(dirname "$(command -v rustc || echo /usr/bin/rustc)")"; do
    rustc=${RUSTC:-$folder/rustc} cargo=${CARGO:-$folder/cargo} rustdoc=${RUSTDOC:-$folder/rustdoc}
    if [ ! -x "$rustc" ] || [ ! -x "$cargo" ]; then continue; fi
    for candidate in wasm32-wasip1 wasm32-wasi; do
      target=$candidate
      timeout 60 "$rustc" --target $target -o "$work/empty.wasm" "$work/empty.rs" >/dev/null 2>&1 && return 0
    done
  done
  return 1
}
if ! find_toolchain; then
  echo "skipped: sdk/wasm/rust: no rustc and cargo can build for wasm32-wasip1 or wasm32-wasi (Debian: cargo, rustc, libstd-rust-dev-wasm32, lld-14)"
  exit 77
fi
echo "$("$rustc" --version), $target"

export RUSTC=$rustc RUSTDOC=$rustdoc CARGO_HOME=$work/home CARGO_TARGET_DIR=$work/target RUSTFLAGS="-D warnings"
failed=0
fail() { echo "FAILED: sdk/wasm/rust: $*" >&2; failed=1; }

# Cargo writes a Cargo.lock beside the manifest: it gets copies. The registry is only a name, and its index is never read.
build() { # FOLDER NAME LIMIT: not bigger than LIMIT bytes
  local folder=$1 name=$2 limit=$3 size
  cp -r "$here/$folder" "$work/$name"
  timeout 600 "$cargo" build --quiet --offline --release --target "$target" --manifest-path "$work/$name/Cargo.toml" \
    --config 'registries.gadgetry.index="file:///nonexistent"' --config "patch.gadgetry.gadget.path=\"$work/sdk\"" \
    --config 'profile.release.strip="debuginfo"' || { fail "$name does not build"; return; }
  cp "$work/target/$target/release/$name.wasm" "$out/$name.wasm"
  size=$(stat -c %s "$out/$name.wasm")
  printf '%-24s %8d bytes\n' "$name" "$size"
  [ "$size" -le "$limit" ] || fail "$name: $size bytes, more than $limit"
  [ -x "$wasmcore" ] || return 0
  timeout 60 "$wasmcore" validate "$out/$name.wasm" >/dev/null || fail "$name is not valid"
}

mkdir "$work/sdk"
cp -r "$here/Cargo.toml" "$here/src" "$work/sdk/"
build examples/rewrite rewrite 262144
build conformance conformance 1048576

if [ -x "$rustdoc" ]; then
  timeout 600 "$cargo" test --quiet --offline --doc --manifest-path "$work/sdk/Cargo.toml" >"$work/doc" 2>&1 ||
    { cat "$work/doc" >&2; fail "the examples of the documentation do not compile"; }
else
  echo "skipped: the examples of the documentation: there is no rustdoc"
fi

if [ -x "$wasmcore" ] && [ -f "$out/rewrite.wasm" ]; then
  inspected=$(timeout 60 "$wasmcore" inspect "$out/rewrite.wasm")
  for name in _initialize gadgetAPIVersion gadgetInit dataSourceCallback; do
    grep -qw "$name" <<<"$inspected" || fail "rewrite does not export $name"
  done
  # What a module does not use is not in it: hosts of version 1 can run it.
  if grep -q 'gadget_v2' <<<"$inspected"; then fail "rewrite imports gadget_v2"; fi
  # Exports that run all constructors each time: _initialize was to prevent that.
  if grep -qa 'command_export' "$out/rewrite.wasm"; then fail "rewrite has exports of a command"; fi
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
