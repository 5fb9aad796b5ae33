#!/bin/bash
# No silent loss: with a ring far too small for a storm, what is lost is counted, and the sums agree.
. "$(dirname "$0")/../lib.sh"
need_root
command -v cc >/dev/null || skip "needs a C compiler for the load"
cc -O2 -o "$work/storm" "$(dirname "$0")/../../bench/open_storm.c"

# A reader that is stopped while the storm rages.
start_gadget trace_open -o none --ring-size 16K --comm storm
kill -STOP "$gadget_pid"
"$work/storm" 5000 >/dev/null
kill -CONT "$gadget_pid"
sleep 1.5 # losses are told each second
stop_gadget
line=$(grep -E 'open: [0-9]+ events produced' "$work/err") || fail "no summary"
read -r produced delivered lost < <(sed -E 's/.*open: ([0-9]+) events produced, ([0-9]+) delivered, [0-9]+ filtered, ([0-9]+) lost.*/\1 \2 \3/' <<<"$line")
[ "$lost" -gt 0 ] || fail "nothing was lost in a 16 KiB ring: $line"
[ "$produced" -ge 5000 ] && [ $((delivered + lost)) = "$produced" ] || fail "the sums do not agree: $line"
grep -q 'warning: lost [0-9]* events' "$work/err" || fail "no warning while it happened"

# The default ring holds a storm of this size.
start_gadget trace_open -o json --comm storm
"$work/storm" 20000 >/dev/null
sleep 0.3
stop_gadget
grep -q ' 0 lost' "$work/err" || fail "lost events: $(grep produced "$work/err")"
[ "$(grep -c '"fname":"/etc/hostname"' "$work/out")" = 20000 ] || fail "$(grep -c hostname "$work/out") of 20000 events"
