#!/usr/bin/env bash
# Everything `make test` does. The last line is "N passed, N failed, N skipped"; a skipped test has said why.
#
#   scripts/test.sh [STEP...]     steps: unit e2e vm wasmcore sdk install sanitizers fuzz   (default: all, in this order)
#   TEST_FILTER=text              only end-to-end scripts whose path holds text
#   FUZZ_SECONDS=15               time for each fuzz target
set -uo pipefail
cd "$(dirname "$0")/.."
release=build/release
passed=0 failed=0 skipped=0
failures=()

note() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }
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

# Lines of tests/programs: "yes" and "ok" pass, "FAIL" fails. A "no" is an answer (this kernel has not got it): it is
# counted by its own sum, and the step vm tries it on kernels that have it.
count_programs() { # file of results
  local area verdict row why
  while IFS=$'\t' read -r area verdict row why; do
    case $verdict in
      yes | ok) count_pass ;;
      FAIL) count_fail "tests/programs/$area: $row: $why" ;;
    esac
  done <"$1"
}

# Program tests on this kernel; what it has not got is left to the step vm.
run_programs() {
  local status=0 results=build/vm/native.tsv
  mkdir -p build/vm
  rm -f "$results"
  PROGRAM_RESULTS=$PWD/$results GADGETCTL=$PWD/$release/bin/gadgetctl tests/programs/run.sh >build/vm/native.log 2>&1 || status=$?
  case $status in
    0) ;;
    77) count_skip "tests/programs: $(tail -1 build/vm/native.log)"; return ;;
    *) grep -E -A25 '^FAIL' build/vm/native.log | tail -80; [ -s "$results" ] || count_fail "tests/programs (exit $status)" ;;
  esac
  count_programs "$results"
  printf 'ok   tests/programs on this kernel: %s\n' "$(tail -1 build/vm/native.log)"
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
  [[ tests/programs == *"${TEST_FILTER:-}"* ]] && run_programs
}

# Other kernels, in virtual machines: what this machine's kernel has not got.
step_vm() {
  note "program types on other kernels, in virtual machines"
  configure_and_build release || return
  local status=0 kernel out line before=$failed
  out=$(mktemp)
  GADGETCTL=$PWD/$release/bin/gadgetctl tests/vm/kernels --step -j "${VM_JOBS:-2}" 2>&1 </dev/null | tee "$out" || status=$?
  case $status in
    77) count_skip "tests/vm: $(tail -1 "$out")" ;;
    *)
      for kernel in 6.1 6.12 7.2; do
        [ -f "build/vm/$kernel.status" ] || continue
        [ ! -f "build/vm/$kernel.tsv" ] || count_programs "build/vm/$kernel.tsv"
        [ ! -f "build/vm/$kernel.scripts" ] || count_pass "$(grep -c '^ok' "build/vm/$kernel.scripts")"
        [ ! -f "build/vm/$kernel.scripts" ] || while IFS= read -r line; do count_fail "$kernel: $line"; done < <(grep '^FAIL' "build/vm/$kernel.scripts")
      done
      while IFS= read -r line; do count_skip "$line"; done < <(grep '^skipped: ' "$out")
      # a machine that died has no lines
      [ $status = 0 ] || [ "$failed" != "$before" ] || count_fail "tests/vm/kernels (exit $status)"
      ;;
  esac
  rm -f "$out"
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
  local results target status
  results=$(mktemp -d)
  # each target keeps one core busy
  for target in build/fuzz/fuzz/fuzz_*; do echo "$target"; done |
    xargs -P "$(nproc)" -I{} sh -c 'name=$(basename "$1"); scripts/fuzz_one.sh "$1" "$2" >"$3/$name.log" 2>&1; echo $? >"$3/$name"; cat "$3/$name.log"' \
      _ {} "${FUZZ_SECONDS:-15}" "$results"
  for target in build/fuzz/fuzz/fuzz_*; do
    status=$(cat "$results/$(basename "$target")" 2>/dev/null || echo none)
    if [ "$status" = 0 ]; then count_pass; else count_fail "$target"; fi
  done
  rm -rf "$results"
}

mkdir -p build
durations=
for step in "${@:-unit}" $([ $# -eq 0 ] && echo e2e vm wasmcore sdk install sanitizers fuzz); do
  declare -F "step_$step" >/dev/null || { echo "test: unknown step $step" >&2; exit 2; }
  started=$SECONDS
  "step_$step"
  durations+=", $step $((SECONDS - started)) s"
done

printf '\n%s; %d s in all\n' "${durations#, }" "$SECONDS"
for failure in "${failures[@]}"; do printf 'FAILED %s\n' "$failure"; done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
