#!/usr/bin/env bash
# Program tests: one gadget per area, one program for each type of program, and real activity that each must see.
#
#   tests/programs/run.sh [--build] [AREA...]     all areas when none is named
#
# Prints "yes ROW", "no ROW: why" (this kernel has not got it) or "FAIL ROW: why" for each row of the matrix of program
# types. Exit status: 0 nothing failed, 1 something did, 77 it cannot be tried here. --build only builds the images.
#
#   GADGETCTL         the program under test (build/release/bin/gadgetctl)
#   PROGRAM_IMAGES    folder for the images (build/programs); what is older than its source is built anew
#   PROGRAM_RESULTS   file to which "AREA<tab>VERDICT<tab>ROW<tab>WHY" is added for each row
#   PROGRAM_BUILD=1   0: nothing is built (in virtual machines compilers are slow)
#   PATIENCE=1        multiplies every time limit (4 in a virtual machine)
#   AREA_SECONDS=120  time limit for one area
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/tests/programs}
export GADGETCTL=${GADGETCTL:-$root/build/release/bin/gadgetctl}
export PROGRAM_IMAGES=${PROGRAM_IMAGES:-$root/build/programs}
[ -z "${VM_KERNEL:-}" ] || PATIENCE=${PATIENCE:-4} # set in the machines of tests/vm
export PATIENCE=${PATIENCE:-1}
only_build=0
[ "${1:-}" != --build ] || { only_build=1; shift; }
[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0; }
[ -x "$GADGETCTL" ] || { echo "there is no program $GADGETCTL: build it first"; exit 1; }

areas=("$@")
[ $# -gt 0 ] || for folder in "$here"/*/program.bpf.c; do
  folder=${folder%/*}
  areas+=("${folder##*/}")
done

# Builds the image of an area when it is older than what it is made of; build.sh, when there is one, first: it gets a
# folder for the programs that the test needs ($PROGRAM_IMAGES/AREA).
build_area() { # area
  local image=$PROGRAM_IMAGES/$1.tar new=$PROGRAM_IMAGES/.$1.$$.tar
  [ -f "$here/$1/program.bpf.c" ] || { echo "programs: there is no area $1" >&2; return 1; }
  [ "${PROGRAM_BUILD:-1}" != 0 ] || { [ -f "$image" ]; return; }
  if [ -f "$image" ] && [ -z "$(find "$here/$1" "$here/row.h" "$root/sdk/bpf" -newer "$image" -type f ! -name test.sh -print -quit)" ]; then
    return 0
  fi
  mkdir -p "$PROGRAM_IMAGES"
  if [ -f "$here/$1/build.sh" ]; then
    mkdir -p "$PROGRAM_IMAGES/$1"
    timeout 300 bash "$here/$1/build.sh" "$PROGRAM_IMAGES/$1" >"$PROGRAM_IMAGES/$1.log" 2>&1 || { tail -30 "$PROGRAM_IMAGES/$1.log"; return 1; }
  fi
  GADGETRY_STORE=$PROGRAM_IMAGES/.store timeout 300 "$GADGETCTL" build "$here/$1" --arch amd64 -o "$new" >"$PROGRAM_IMAGES/$1.log" 2>&1 || {
    rm -f "$new"
    tail -30 "$PROGRAM_IMAGES/$1.log"
    return 1
  }
  mv "$new" "$image"
}

passed=0 left_out=0 failed=0
# result AREA LINE: counts one line of a test and keeps it.
result() {
  local verdict=${2%% *} row=${2#* } why=''
  case $verdict in
    yes | ok) passed=$((passed + 1)) ;;
    no) left_out=$((left_out + 1)) ;;
    FAIL) failed=$((failed + 1)) ;;
    *) return 0 ;;
  esac
  [[ $row != *": "* ]] || { why=${row#*: }; row=${row%%: *}; }
  [ -z "${PROGRAM_RESULTS:-}" ] || printf '%s\t%s\t%s\t%s\n' "$1" "$verdict" "$row" "$why" >>"$PROGRAM_RESULTS"
}

run_area() { # area
  local line last='' found=$failed start=$SECONDS
  echo "-- $1"
  if ! build_area "$1"; then
    result "$1" "FAIL $1 (build): its image cannot be built"
    echo "FAIL $1 (build): its image cannot be built"
    return
  fi
  [ $only_build = 0 ] || return 0
  while IFS= read -r line; do
    last=$line
    [[ $line != "status "* ]] || continue
    printf '%s\n' "$line"
    result "$1" "$line"
  done < <(timeout -k 10 "$((${AREA_SECONDS:-120} * PATIENCE))" bash "$here/$1/test.sh" 2>"$PROGRAM_ERRORS" </dev/null || echo "status $?")
  case $last in
    "status 77") return ;;
    "status 124" | "status 137") result "$1" "FAIL $1 (test): not ended in time"; echo "FAIL $1 (test): not ended in time" ;;
    status*)
      # a test that fails says which row; one that dies otherwise is a failure of its own
      [ "$failed" != "$found" ] || { result "$1" "FAIL $1 (test): its test.sh ended with $last"; echo "FAIL $1 (test): its test.sh ended with $last"; }
      ;;
  esac
  [ "$failed" = "$found" ] || sed 's/^/   /' "$PROGRAM_ERRORS" | tail -25
  echo "   ($((SECONDS - start)) s)"
}

if [ $only_build = 0 ] && [ "$(id -u)" != 0 ]; then
  echo "needs root to load eBPF"
  exit 77
fi
PROGRAM_ERRORS=$(mktemp)
trap 'rm -f "$PROGRAM_ERRORS"' EXIT
trap 'exit 130' INT # or Ctrl-C would only end the area that runs
trap 'exit 143' TERM
for area in "${areas[@]}"; do run_area "$area"; done
[ $only_build = 0 ] || { [ "$failed" = 0 ]; exit; }
echo "$passed passed, $failed failed, $left_out left out"
[ "$failed" = 0 ]
