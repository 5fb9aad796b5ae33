#!/bin/bash
# A busy program must be found, with both stacks.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
total() { jq -n "[inputs[] | select($1) | .samples] | add // 0" "$work/out"; }

start_gadget profile_cpu -o json --comm dd
timeout 2 dd if=/dev/zero of=/dev/null bs=64k || true
stop_gadget
expect_row '.proc.comm == "dd" and .samples >= 1 and (.kern_stack | length) > 0 and .user_stack_raw.inode > 0
  and (.user_stack_raw.addresses | startswith("0x"))'
expect_no_row '.proc.comm != "dd"'
samples=$(total true)
[ "$samples" -ge 20 ] && [ "$samples" -le 150 ] || fail "$samples samples in 2 s at 49 a second"

start_gadget profile_cpu -o json --comm dd --user-stacks-only
timeout 1 dd if=/dev/zero of=/dev/null bs=64k || true
stop_gadget
expect_row '.kern_stack == "" and .user_stack_raw.inode > 0'
expect_no_row '.kern_stack != ""'

start_gadget profile_cpu -o json --comm dd --kernel-stacks-only
timeout 1 dd if=/dev/zero of=/dev/null bs=64k || true
stop_gadget
expect_row '(.kern_stack | length) > 0'
expect_no_row '.user_stack_raw.inode != 0'
