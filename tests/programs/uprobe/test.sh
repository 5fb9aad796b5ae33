#!/bin/bash
# Uprobes of every kind in a small program: function entries and returns, one or many at once, and its USDT probe.
. "$(dirname "$0")/../lib.sh"
programs=$PROGRAM_IMAGES/$area_name
number=4194001

for row in uprobe uprobe.s uprobe.multi uprobe.multi.s usdt usdt.s "uprobe of a library"; do
  expect_row "$row" ".value == $number"
done
for row in uretprobe uretprobe.s; do expect_row "$row" ".value == $((number + 1))"; done
for row in uretprobe.multi uretprobe.multi.s; do expect_row "$row" ".value == $((number + 2))"; done

trigger() {
  "$programs/probe_me" $number
  [ ! -x "$programs/probe_go" ] || "$programs/probe_go"
}

targets=()
at() { targets+=(--attach "$1=$2"); }
for form in '' _s; do
  at on_uprobe$form "$programs/probe_me:probe_one"
  at on_uretprobe$form "$programs/probe_me:probe_one"
  at on_uprobe_multi$form "$programs/probe_me:probe_*"
  at on_uretprobe_multi$form "$programs/probe_me:probe_two"
  at on_uprobe_session$form "$programs/probe_me:probe_one,probe_two"
  at on_usdt$form "$programs/probe_me:probe_me:called"
done
if [ -x "$programs/probe_go" ]; then
  at on_uprobe_go "$programs/probe_go:main.probeMe"
else
  leave_out "uprobe in Go" "there was no Go compiler"
  at on_uprobe_go gadget_program_disabled
fi
run_area "${targets[@]}"
