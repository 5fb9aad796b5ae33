#!/bin/bash
# Programs of four languages, each built natively and for wasm32-wasi: standard output and exit status must be the same.
# Takes names of guests ("c/tree.c"); without any: all. A guest says in comments how it is run:
#
#   guest-args: ARGUMENTS, quoted as for a shell
#   guest-exit: the exit status that both must have (0 when not said)
#
#   WASMCORE_CLI          the program under test: $WASMCORE_CLI run GUEST.wasm -- ARGUMENTS
#   WASMCORE_GUEST_TIME   seconds for one run of a guest under it     120
#
# A language without its tools is skipped and counted, by name; if all are, the status is 77. Packages of Debian:
#   C     clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32
#   C++   these and libc++-19-dev-wasm32 libc++abi-19-dev-wasm32
#   Rust  rustc libstd-rust-dev-wasm32 (which is not for a rustc of rustup)
#   Go    none: scripts/fetch_go.sh gets what it needs
set -euo pipefail

: "${WASMCORE_CLI:?the program under test}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/wasmcore-guests-XXXXXX")
readonly here work run_limit=${WASMCORE_GUEST_TIME:-120} build_limit=300
trap 'rm -rf "$work"' EXIT

passed=0 failed=0 skipped=0 reason=
go=

fail_guest() {
  failed=$((failed + 1))
  echo "FAILED: $1: $2"
  shift 2
  for file in "$@"; do
    [ ! -s "$file" ] || { echo "--- ${file##*/}:"; tail -n 15 "$file"; }
  done
}

# What is missing for the guests of a folder; nothing when all is there. A tool counts when it can build an empty program.
missing() {
  case $1 in
    c)
      command -v clang-19 >/dev/null || { echo "clang-19 is not installed"; return; }
      echo 'int main(void) { return 0; }' >"$work/empty.c"
      clang-19 --target=wasm32-wasi -o "$work/empty.wasm" "$work/empty.c" >/dev/null 2>&1 ||
        echo "clang-19 cannot build for wasm32-wasi (lld-19, wasi-libc, libclang-rt-19-dev-wasm32)"
      ;;
    cpp)
      command -v clang++-19 >/dev/null || { echo "clang++-19 is not installed"; return; }
      printf '#include <string>\nint main() { return std::string().size(); }\n' >"$work/empty.cpp"
      clang++-19 --target=wasm32-wasi -fno-exceptions -o "$work/empty.wasm" "$work/empty.cpp" >/dev/null 2>&1 ||
        echo "clang++-19 has no C++ library for wasm32-wasi (libc++-19-dev-wasm32, libc++abi-19-dev-wasm32)"
      ;;
    rust)
      echo 'fn main() {}' >"$work/empty.rs"
      rustc=
      for candidate in /usr/bin/rustc "$(command -v rustc || true)"; do # Debian's first: a rustup's hides it in PATH
        [ -x "$candidate" ] || continue
        if timeout $build_limit "$candidate" --target wasm32-wasi -o "$work/empty.wasm" "$work/empty.rs" >/dev/null 2>&1; then
          rustc=$candidate
          return
        fi
      done
      echo "no rustc can build for wasm32-wasi (rustc, libstd-rust-dev-wasm32)"
      ;;
    go)
      go=$("$here/../../scripts/fetch_go.sh" 2>"$work/go.err") || { go=; tail -n 1 "$work/go.err"; }
      ;;
  esac
}

# build LANGUAGE VARIANT SOURCE: $work/native and $work/guest.wasm. The C compiler optimises, the linker gets no -O: it
# would run binaryen's wasm-opt where that is installed, and the tests would differ between machines.
build() {
  local language=$1 variant=$2 source=$3 flags=()
  case $language in
    c | cpp)
      local compiler=clang-19 standard=gnu11
      [ "$language" = c ] || compiler=clang++-19 standard=c++20
      case $variant in
        plain) flags=(-O2) ;;
        simd) flags=(-O3 -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext) ;;
        mvp) flags=(-O0 -mcpu=mvp) ;;
      esac
      [ "$language" = c ] || flags+=(-fno-exceptions)
      # multiplying and adding stays two operations, as in WebAssembly
      timeout $build_limit "$compiler" -std=$standard -O1 -ffp-contract=off -o "$work/native" "$source" -lm &&
        timeout $build_limit "$compiler" --target=wasm32-wasi -std=$standard "${flags[@]}" -c -o "$work/guest.o" "$source" &&
        timeout $build_limit "$compiler" --target=wasm32-wasi -Wl,--strip-debug -o "$work/guest.wasm" "$work/guest.o"
      ;;
    rust)
      timeout $build_limit "$rustc" --edition 2021 -O -o "$work/native" "$source" &&
        timeout $build_limit "$rustc" --edition 2021 -O -C strip=debuginfo --target wasm32-wasi -o "$work/guest.wasm" "$source"
      ;;
    go)
      local settings=(GOTOOLCHAIN=local GOFLAGS= GO111MODULE=on GOPROXY=off CGO_ENABLED=0)
      (cd "$work" && env "${settings[@]}" timeout $build_limit "$go" build -o "$work/native" "$source" &&
        env "${settings[@]}" GOOS=wasip1 GOARCH=wasm timeout $build_limit "$go" build -o "$work/guest.wasm" "$source")
      ;;
  esac >"$work/build" 2>&1
}

run_guest() {
  local language=$1 variant=$2 source=$3 name args=() want native_status=0 status=0
  name="${source#"$here/guests/"}"
  [ "$variant" = plain ] || name+=" ($variant)"
  rm -f "$work"/{native,guest}*
  if ! build "$language" "$variant" "$source"; then
    fail_guest "$name" "does not build" "$work/build"
    return
  fi
  # shellcheck disable=SC2294 # the arguments are quoted in the source
  eval "args=($(sed -n 's/^.*guest-args: //p' "$source"))"
  want=$(sed -n 's/^.*guest-exit: //p' "$source")
  timeout 60 "$work/native" "${args[@]}" >"$work/native.out" 2>"$work/native.err" || native_status=$?
  if [ $native_status != "${want:-0}" ]; then
    fail_guest "$name" "status $native_status natively, the source says ${want:-0}" "$work/native.err"
    return
  fi
  local start=${EPOCHREALTIME/[.,]/}
  timeout "$run_limit" "$WASMCORE_CLI" run "$work/guest.wasm" -- "${args[@]}" >"$work/guest.out" 2>"$work/guest.err" </dev/null ||
    status=$?
  local took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
  if [ $status = 124 ]; then
    fail_guest "$name" "not done after $run_limit s" "$work/guest.err"
  elif [ $status != $native_status ]; then
    fail_guest "$name" "status $status instead of $native_status" "$work/guest.err" "$work/guest.out"
  elif ! cmp -s "$work/native.out" "$work/guest.out"; then
    diff "$work/native.out" "$work/guest.out" >"$work/guest.diff" || true
    fail_guest "$name" "another output (< natively, > as WebAssembly)" "$work/guest.diff" "$work/guest.err"
  else
    passed=$((passed + 1))
    echo "ok: $name ($(($(stat -c %s "$work/guest.wasm") / 1024)) KiB, $took ms, status $status)"
  fi
}

for language in c cpp rust go; do
  sources=()
  for source in "$here/guests/$language"/*; do
    if [ $# = 0 ] || [[ " $* " == *" $language/${source##*/} "* ]]; then
      sources+=("$source")
    fi
  done
  [ ${#sources[@]} -gt 0 ] || continue
  missing "$language" >"$work/missing"
  if [ -s "$work/missing" ]; then
    reason="$language: $(head -n 1 "$work/missing")"
    echo "skipped: ${#sources[@]} guests of $reason"
    skipped=$((skipped + ${#sources[@]}))
    continue
  fi
  for source in "${sources[@]}"; do
    run_guest $language plain "$source"
    if [ $language = c ] || [ $language = cpp ]; then
      run_guest $language simd "$source"
      run_guest $language mvp "$source"
    fi
  done
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
[ $passed -gt 0 ] && exit 0
[ $skipped -gt 0 ] || { echo "no guest of this name"; exit 1; }
echo "nothing to run: $reason"
exit 77
