#!/bin/bash
# A program that walks through more memory than any cache holds must be found, by its misses or, on a machine that does not
# count them, by the time it takes.
. "$(dirname "$0")/../../tests/lib.sh"
need_root

start_gadget profile_cache_misses -o json --comm perl
timeout 3 perl -e 'my $m = "x" x (64 << 20); my $s = 0; for (;;) { for (my $i = 0; $i < length $m; $i += 4096) { $s += vec($m, $i, 8) } }' || true
stop_gadget
expect_row '.proc.comm == "perl" and .samples >= 1 and .user_stack_raw.inode > 0'
expect_no_row '.proc.comm != "perl"'
if grep -q count_sw_cpu_clock "$work/err"; then echo "the software clock stood in for the counter of cache misses"; fi
