#!/bin/bash
# Calls whose number is known are counted.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
rows() { jq -n "[inputs[] | select($1)] | map($2) | add // 0" "$work/out"; }

start_gadget top_syscall -o json --comm perl
perl -e 'getppid for 1..10000; stat "/nowhere/$_" for 1..100; select undef, undef, undef, 0.5'
sleep 1.5
stop_gadget
calls=$(rows '.syscall == "SYS_GETPPID" and .comm == "perl"' .count)
[ "$calls" = 10000 ] || fail "$calls of 10000 calls of getppid"
failed=$(rows '.comm == "perl"' .errors)
[ "$failed" -ge 100 ] || fail "$failed of 100 failed calls"
expect_row '(.syscall == "SYS_PSELECT6" or .syscall == "SYS_SELECT") and .count == 1 and .total_raw > 400000000 and .max_raw == .total_raw and .uid == 0'
expect_no_row '.comm != "perl"'

start_gadget top_syscall -o json --comm perl --failed
perl -e 'getppid for 1..1000; stat "/nowhere/$_" for 1..100'
sleep 1.5
stop_gadget
expect_row '.errors == .count and .count >= 100'
expect_no_row '.syscall == "SYS_GETPPID"'
