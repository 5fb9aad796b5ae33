#!/bin/bash
# Helpers of the end-to-end tests. Source it first: `. "$(dirname "$0")/../lib.sh"` (gadgets: ../../tests/lib.sh).
#
# $GADGETCTL is the program under test. Every test gets a private folder $work, removed at the end, and a private image
# store ($GADGETRY_STORE), so that nothing of the machine is touched.
set -euo pipefail

: "${GADGETCTL:?the program under test}"
work=$(mktemp -d "${TMPDIR:-/tmp}/gadgetry-test-XXXXXX")
export GADGETRY_STORE=$work/store
gadget_pid=
readonly work

cleanup() {
  [ -z "$gadget_pid" ] || kill -9 "$gadget_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*" >&2
  if [ -s "$work/err" ]; then
    echo "--- its stderr:" >&2
    tail -20 "$work/err" >&2
  fi
  if [ -s "$work/out" ]; then
    echo "--- the end of its stdout:" >&2
    tail -5 "$work/out" >&2
  fi
  exit 1
}

# Ends the test as skipped; the reason is printed last.
skip() {
  echo "$*"
  exit 77
}

need_root() { [ "$(id -u)" = 0 ] || skip "needs root to load eBPF"; }

# Starts `gadgetctl run ARGS...` with its output in $work/out and $work/err, and waits until its programs are attached:
# "attached" is a debug message.
start_gadget() {
  : >"$work/err" # else the message of the last gadget would count
  # a shell starts what is in the background with SIGINT ignored, and gadgetctl respects that
  env --default-signal=INT "$GADGETCTL" run "$@" -v >"$work/out" 2>"$work/err" &
  gadget_pid=$!
  local i
  for i in $(seq $((300 * ${PATIENCE:-1}))); do
    grep -q 'gadget attached' "$work/err" 2>/dev/null && return 0
    kill -0 "$gadget_pid" 2>/dev/null || { wait "$gadget_pid" || true; gadget_pid=; fail "run $*: ended before it was attached"; }
    sleep 0.1
  done
  fail "run $*: not attached in time"
}

# Stops it as Ctrl-C would and checks that it ends well.
stop_gadget() {
  local status=0
  kill -INT "$gadget_pid"
  wait "$gadget_pid" || status=$?
  gadget_pid=
  [ "$status" = 0 ] || fail "ended with status $status after SIGINT"
}

# expect_event FILTER: at least one line of the JSON output for which the jq filter is true.
expect_event() { jq -e -n "[inputs | select($1)] | length > 0" "$work/out" >/dev/null || fail "no event with: $1"; }
# expect_no_event FILTER: none.
expect_no_event() { jq -e -n "[inputs | select($1)] | length == 0" "$work/out" >/dev/null || fail "an event with: $1"; }
# expect_row FILTER: at least one element of the arrays that snapshots and tables print.
expect_row() { jq -e -n "[inputs[] | select($1)] | length > 0" "$work/out" >/dev/null || fail "no row with: $1"; }
expect_no_row() { jq -e -n "[inputs[] | select($1)] | length == 0" "$work/out" >/dev/null || fail "a row with: $1"; }

# expect_status N COMMAND...: runs it with output in $work/out and $work/err.
expect_status() {
  local want=$1 status=0
  shift
  "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" = "$want" ] || fail "$*: status $status instead of $want"
}
expect_stderr() { grep -qE -- "$1" "$work/err" || fail "stderr does not say: $1"; }
expect_stdout() { grep -qE -- "$1" "$work/out" || fail "stdout does not say: $1"; }
