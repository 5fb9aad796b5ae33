#!/usr/bin/env bash
# Everything `make test` does. The last line is "N passed, N failed, N skipped"; a skipped test has said why.
#
#   scripts/test.sh [STEP...]     steps: unit e2e wasmcore sdk install sanitizers fuzz   (default: all, in this order)
#   TEST_FILTER=text              only end-to-end scripts whose path holds text
#   FUZZ_SECONDS=15               time for each fuzz target
set -uo pipefail
cd "$(dirname "$0")/.."
release=build/release
passed=0 failed=0 skipped=0
failures=()

note() { printf '\n== %s\n' "$*"; }
count_pass() { passed=$((passed + ${1:-1})); }
count_fail() { failed=$((failed + 1)); failures+=("$1"); printf 'FAIL %s\n' "$1"; }
count_skip() { skipped=$((skipped + ${2:-1})); printf 'SKIP %s\n' "$1"; }

configure_and_build() { # preset [target...]
  local preset=$1; shift
  { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null; } &&
    cmake --build --preset "$preset" ${1:+--target "$@"} >"build/$preset.log" 2>&1 && return 0
  tail -60 "build/$preset.log"
  count_fail "build of preset $preset"
  return 1
}

# One GoogleTest binary: its cases are counted one by one, skipped ones are listed with their reason.
run_unit() { # binary
  local out name cases
  name=$(basename "$(dirname "$(dirname "$1")")")/$(basename "$1")
  out=$(mktemp)
  if timeout 900 "$1" --gtest_color=no >"$out" 2>&1; then
    cases=$(grep -c '^\[       OK \]' "$out")
    count_pass "$cases"
    grep -q '^\[  SKIPPED \]' "$out" && { grep -B2 '^\[  SKIPPED \].*ms)' "$out" | grep -v '^\[ RUN\|^--'; count_skip "$name" "$(grep -c '^\[  SKIPPED \].*ms)' "$out")"; }
    printf 'ok   %s (%s)\n' "$name" "$cases"
  else
    tail -60 "$out"
    count_fail "$name"
  fi
  rm -f "$out"
}

step_unit() {
  note "unit tests, release build"
  configure_and_build release || return
  for test in "$release"/tests/*_test; do run_unit "$test"; done
}

step_sanitizers() {
  note "unit tests, address and undefined-behaviour sanitizers"
  configure_and_build dev || return
  for test in build/dev/tests/*_test; do run_unit "$test"; done
  bin=build/dev/bin run_script wasmcore/tests/wast.sh
}

# What a script that counts says of it: its sums are shown, and each part that it could not run ("skipped: why") counts.
show_sums() { # file
  grep -E '^([^ ]+: )?[0-9]+ passed, [0-9]+ failed' "$1" | sed 's/^/       /' || true
  while read -r line; do count_skip "$line"; done < <(grep -E '^skipped: ' "$1" || true)
}

# One end-to-end script: exit 0 passes, 77 skips (its last line says why), anything else fails.
run_script() { # path; $bin: where the programs are
  local out status=0 bin=${bin:-$release/bin}
  out=$(mktemp)
  GADGETCTL="$PWD/$bin/gadgetctl" WASMCORE_CLI="$PWD/$bin/wasmcore-cli" \
    WASMCORE_CLI_SOFT="$PWD/$bin/wasmcore-cli-soft" RUN_EXPORTS="$PWD/$bin/../tests/wasmcore_run_exports" timeout 600 bash "$1" >"$out" 2>&1 || status=$?
  case $status in
    0) count_pass; printf 'ok   %s\n' "$1"; show_sums "$out" ;;
    77) count_skip "$1: $(tail -1 "$out")" ;;
    *) tail -40 "$out"; count_fail "$1 (exit $status)" ;;
  esac
  rm -f "$out"
}

step_e2e() {
  note "end-to-end tests"
  configure_and_build release || return
  # Modules in Go are built with what this leaves in its cache; without it they are skipped, one by one.
  scripts/fetch_go.sh >/dev/null || echo "there is no Go compiler here, and none can be fetched"
  for script in tests/e2e/*.sh gadgets/*/test.sh examples/gadgets/*/test.sh; do
    [ -f "$script" ] || continue
    [[ $script == *"${TEST_FILTER:-}"* ]] && run_script "$script"
  done
}

step_wasmcore() {
  note "the WebAssembly engine"
  configure_and_build release || return
  for script in wasmcore/tests/*.sh; do
    [[ $script == *"${TEST_FILTER:-}"* ]] && run_script "$script"
  done
}

step_sdk() {
  note "the SDKs of modules, and what is generated for them"
  configure_and_build release || return
  for script in sdk/wasm/*/test.sh; do
    [[ $script == *"${TEST_FILTER:-}"* ]] && run_script "$script"
  done
  if WASM_ABI_GEN=$release/bin/wasm_abi_gen scripts/wasm_abi.sh --check; then count_pass; else count_fail "scripts/wasm_abi.sh --check"; fi
}

step_install() {
  note "installation, and the examples against the installed copy"
  configure_and_build release || return
  run_script tests/install.sh
}

step_fuzz() {
  note "fuzz targets, ${FUZZ_SECONDS:-15} s each"
  configure_and_build fuzz fuzz_targets || return
  for target in build/fuzz/fuzz/fuzz_*; do
    if scripts/fuzz_one.sh "$target" "${FUZZ_SECONDS:-15}"; then count_pass; else count_fail "$target"; fi
  done
}

mkdir -p build
for step in "${@:-unit}" $([ $# -eq 0 ] && echo e2e wasmcore sdk install sanitizers fuzz); do
  declare -F "step_$step" >/dev/null || { echo "test: unknown step $step" >&2; exit 2; }
  "step_$step"
done

printf '\n'
for failure in "${failures[@]}"; do printf 'FAILED %s\n' "$failure"; done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
