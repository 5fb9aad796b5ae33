#!/bin/bash
# Processes that exist must be there, with their parents and states.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
snapshot() { "$GADGETCTL" run snapshot_process -o json "$@" >"$work/out" 2>"$work/err" || fail "run failed"; }
sleep 60 &
child=$!
trap 'kill $child 2>/dev/null; cleanup' EXIT
sleep 0.2

snapshot
expect_row ".proc.pid == $$ and .proc.comm == \"$(cat /proc/$$/comm)\" and .proc.parent.pid == $PPID and .kernel == false"
expect_row ".proc.pid == $child and .proc.comm == \"sleep\" and .proc.parent.pid == $$ and .state == \"SLEEPING\" and .proc.mntns_id > 0"
expect_row ".proc.pid == $PPID"
expect_no_row '.proc.pid != .proc.tid'
found=$(jq 'length' "$work/out")
[ "$found" -ge 3 ] || fail "only $found processes"
start=$(jq -r ".[] | select(.proc.pid == $child) | .start_time_raw" "$work/out")
now=$(date +%s%N)
[ $((now - start)) -lt 60000000000 ] && [ "$start" -le "$now" ] || fail "started at $start, now is $now"

# The tree of the module: this shell, and the child below it.
"$GADGETCTL" run snapshot_process -o pstree >"$work/out" 2>"$work/err" || fail "pstree"
expect_stdout "^[│├└─ ]*[└├]─sleep $child\$"
expect_stdout "^[│├└─ ]*$(cat /proc/$$/comm) $$\$"
below=$(sed -n "/ $$\$/,/ $child\$/p" "$work/out" | wc -l)
[ "$below" -ge 2 ] || fail "pstree: $child does not stand below $$"
[ "$(grep -c " $child\$" "$work/out")" = 1 ] || fail "pstree: $child stands there twice"

snapshot --pid $child
[ "$(jq 'length' "$work/out")" = 1 ] || fail "--pid gives $(jq 'length' "$work/out") rows"

snapshot --threads --pid $$
expect_row ".proc.pid == $$ and .proc.tid == $$"
