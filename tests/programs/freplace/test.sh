#!/bin/bash
# A socket filter is in the kernel already; a test run of it calls the function that was put in place of its own.
. "$(dirname "$0")/../lib.sh"

tool=/usr/sbin/bpftool
pins=/sys/fs/bpf/gadgetry-freplace
objects=$PROGRAM_IMAGES/freplace
[ -x $tool ] || { echo "no freplace: bpftool is missing here, which loads the program that is extended"; exit 0; }
on_exit "rm -rf $pins"
mkdir -p $pins
if ! $tool prog load "$objects/traced.bpf.o" $pins/traced 2>"$work/load"; then
  echo "no freplace: this kernel binds no program to a function: $(tail -1 "$work/load")"
  exit 0
fi
$tool prog load "$objects/target.bpf.o" $pins/target

result() {
  head -c 64 /dev/zero >"$work/packet"
  $tool -j prog run pinned $pins/target data_in "$work/packet" repeat 1 | jq .retval
}

trigger() { [ "$(result)" = 7 ]; }
check_gone() { [ "$(result)" = 1 ] || { echo "the function is still replaced"; false; }; }

run_area --attach "on_replaced=$pins/target:replaced"
