# shellcheck shell=bash
# What the program tests share. An area's test.sh:
#
#   . "$(dirname "$0")/../lib.sh"
#   trigger() { ...; }               # makes each program of the area fire: real activity
#   run_area [flags of gadgetctl run]
#
# run_area runs the area's gadget, calls trigger once it is attached, waits until every row was seen, ends the run as
# Ctrl-C would, calls check_gone when there is one (nothing of ours may be left), and prints for each row one of
#
#   yes ROW
#   no ROW: why            gadgetctl left the program out (or leave_out said so): this kernel has not got it
#   FAIL ROW: why
#
# Rows are found in program.bpf.c: each SEND_ROW(ctx, "ROW") belongs to the program function it stands in. When macros
# hide them, test.sh sets `rows=(ROW PROGRAM ...)` before run_area: pairs of a row and its program.
#
#   leave_out ROW WHY      before run_area: this kernel has nothing to try it with ("no"); the program may be attached anyway
#   expect_row ROW FILTER  before run_area: an event of ROW counts only when the jq filter is true for it
#   check_row NAME COMMAND...  a test of its own beside the rows: "ok NAME" or "FAIL NAME: its last line of output"
#   gadget_pid             process of the running gadget, for trigger
#   work                   folder for files, removed at the end; area: folder and name of the area
#   on_exit COMMAND        runs COMMAND at the end, in reverse order (remove namespaces, interfaces, cgroups)
#
# $GADGETCTL is the program under test, $PROGRAM_IMAGES the folder with AREA.tar (tests/programs/run.sh sets both).
# $PATIENCE multiplies every time limit (virtual machines are slow).
set -euo pipefail

: "${GADGETCTL:?the program under test}"
: "${PROGRAM_IMAGES:?folder of the images}"
area=$(cd "$(dirname "$0")" && pwd)
area_name=${area##*/}
image=$PROGRAM_IMAGES/$area_name.tar
work=$(mktemp -d "${TMPDIR:-/tmp}/gadgetry-program-XXXXXX")
export GADGETRY_STORE=$work/store
: "${PATIENCE:=1}"
gadget_pid=
failures=0
rows=()
declare -A left_out=() row_filter=()
exit_commands=()
readonly work area area_name image

on_exit() { exit_commands+=("$*"); }
cleanup() {
  local i
  trap '' INT TERM # a second one (timeout sends two) must not end this half-way
  [ -z "$gadget_pid" ] || kill -9 "$gadget_pid" 2>/dev/null || true
  for ((i = ${#exit_commands[@]} - 1; i >= 0; i--)); do eval "${exit_commands[i]}" >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap cleanup EXIT

leave_out() { left_out[$1]=$2; }
expect_row() { row_filter[$1]=$2; }
verdict() { # yes|no|FAIL|ok ROW [WHY]
  [ "$1" != FAIL ] || failures=$((failures + 1))
  printf '%s %s%s\n' "$1" "$2" "${3:+: $3}"
}

check_row() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >"$work/check" 2>&1; then verdict ok "$name"; else verdict FAIL "$name" "$(tail -1 "$work/check")"; fi
}

# Waits until the command is true: wait_until SECONDS COMMAND...
wait_until() {
  local end=$((SECONDS + $1 * PATIENCE))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

# "ROW<tab>PROGRAM" for each SEND_ROW of the source, in its order.
rows_of_source() { awk -f "$area/../rows.awk" "$1"; }

# Its messages less those for developers, on one line.
gadget_errors() { grep -v ': debug: ' "$work/err" | tail -12 | tr '\n' ' ' | cut -c1-1200; }

# Why gadgetctl left a program out, empty when it did not.
why_left_out() { # program
  P="program '$1' (" awk 'i = index($0, ENVIRON["P"]) {
    if (j = index($0, ") left out: ")) { print substr($0, j + 12); exit } }' "$work/err"
}

row_seen() { # row
  local filter=${row_filter[$1]:-}
  grep -qF "\"program\":\"$1\"" "$work/out" || return 1
  # the last line may be half written: each is taken for itself
  [ -z "$filter" ] || jq -R -n -e --arg row "$1" \
    "[inputs | fromjson? | select(.program == \$row) | select($filter)] | length > 0" "$work/out" >/dev/null
}

# True when there is nothing to wait for any more.
all_rows_seen() {
  local i
  for ((i = 0; i < ${#rows[@]}; i += 2)); do
    [ -n "${left_out[${rows[i]}]:-}" ] || row_seen "${rows[i]}" || return 1
  done
}

gadget_attached_or_gone() { grep -q 'gadget attached' "$work/err" || ! kill -0 "$gadget_pid" 2>/dev/null; }

# start_area FLAGS...: false when it did not get attached; $why says why.
start_area() {
  : >"$work/err"
  # a shell starts what is in the background with SIGINT ignored, and gadgetctl respects that
  env --default-signal=INT "$GADGETCTL" run "$image" -o json -v "$@" >"$work/out" 2>"$work/err" &
  gadget_pid=$!
  wait_until 60 gadget_attached_or_gone || { why="not attached in time: $(gadget_errors)"; return 1; }
  grep -q 'gadget attached' "$work/err" && return 0
  wait "$gadget_pid" || true
  gadget_pid=
  why="run failed: $(gadget_errors)"
  return 1
}

gadget_gone() { ! kill -0 "$gadget_pid" 2>/dev/null; }

# Ends it as Ctrl-C would; false when it does not end well.
stop_area() {
  local status=0
  [ -n "$gadget_pid" ] || return 0
  kill -INT "$gadget_pid"
  if ! wait_until 30 gadget_gone; then
    kill -9 "$gadget_pid"
    wait "$gadget_pid" 2>/dev/null || true
    gadget_pid=
    why="does not end after SIGINT"
    return 1
  fi
  wait "$gadget_pid" || status=$?
  gadget_pid=
  [ "$status" = 0 ] || { why="ended with status $status: $(gadget_errors)"; return 1; }
}

report_rows() { # why no row was possible, or nothing
  local i row program reason
  for ((i = 0; i < ${#rows[@]}; i += 2)); do
    row=${rows[i]} program=${rows[i + 1]}
    reason=$(why_left_out "$program")
    if [ -n "${left_out[$row]:-}" ]; then verdict no "$row" "${left_out[$row]}"
    elif [ -n "$1" ]; then verdict FAIL "$row" "$1"
    elif row_seen "$row"; then verdict yes "$row"
    elif [ -n "$reason" ]; then verdict no "$row" "$reason"
    elif grep -qF "\"program\":\"$row\"" "$work/out"; then
      verdict FAIL "$row" "events, but none with ${row_filter[$row]}: $(grep -F "\"program\":\"$row\"" "$work/out" | head -1)"
    else verdict FAIL "$row" "loaded, and no event came"; fi
  done
}

run_area() { # flags of gadgetctl run
  local why='' line
  if [ ${#rows[@]} -eq 0 ]; then
    while IFS=$'\t' read -r row program; do rows+=("$row" "$program"); done < <(rows_of_source "$area/program.bpf.c")
  fi
  [ ${#rows[@]} -gt 0 ] || { verdict FAIL "$area_name (rows)" "no SEND_ROW in program.bpf.c"; exit 1; }
  local i attached=1
  start_area "$@" || attached=0
  # What is left out is known now: nothing waits for it. When that is everything, the gadget does not run at all.
  if [ $attached = 1 ] || grep -q 'offers none of the programs' "$work/err"; then
    for ((i = 0; i < ${#rows[@]}; i += 2)); do
      line=$(why_left_out "${rows[i + 1]}")
      [ -z "$line" ] || [ -n "${left_out[${rows[i]}]:-}" ] || left_out[${rows[i]}]=$line
    done
  fi
  if [ $attached = 1 ]; then
    # in a shell of its own: a command of it that fails ends only the trigger
    (set -e; trap - EXIT; trigger) >"$work/trigger" 2>&1 </dev/null ||
      verdict FAIL "$area_name (trigger)" "$(tail -3 "$work/trigger" | tr '\n' ' ')"
    wait_until 10 all_rows_seen || true
    report_rows ""
    stop_area || verdict FAIL "$area_name (end)" "$why"
  else
    report_rows "$why"
    stop_area || true
  fi
  if declare -F check_gone >/dev/null; then
    (check_gone) >"$work/gone" 2>&1 || verdict FAIL "$area_name (gone)" "$(tail -3 "$work/gone" | tr '\n' ' ')"
  fi
  [ "$failures" = 0 ] || [ ! -s "$work/err" ] || { echo "--- stderr of gadgetctl:"; grep -v ': debug: ' "$work/err" | tail -20; } >&2
  [ "$failures" = 0 ]
}
