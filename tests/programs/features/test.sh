#!/bin/bash
# One system call, which most of the programs see; the timer runs out by itself.
. "$(dirname "$0")/../lib.sh"

trigger() { perl -MPOSIX -e 'syscall((POSIX::uname())[4] eq "x86_64" ? 121 : 155, 4194001)'; } # getpgid of nobody

expect_row 'global function' '.value == 42'
expect_row subprogram '.value == 42'
expect_row bpf_loop '.value == 45'
rows=('tail call' after_tail_call 'global function' call_global subprogram call_own bpf_loop use_loop timer start_timer
  dynptr use_dynptr kptr use_kptr)
run_area
