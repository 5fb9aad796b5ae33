#!/bin/bash
# Nothing has to happen: the programs run when the gadget starts.
. "$(dirname "$0")/../lib.sh"

trigger() { :; }

expect_row 'syscall (data)' '.value == 21'
run_area
