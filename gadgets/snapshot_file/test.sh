#!/bin/bash
# A file, a folder and a pipe that this shell holds open.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
snapshot() { "$GADGETCTL" run snapshot_file -o json --pid $$ "$@" >"$work/out" 2>"$work/err" || fail "run failed"; }
echo text >"$work/a_file"
mkfifo "$work/a_pipe"
exec 7<"$work/a_file" 8<"$work" 9<>"$work/a_pipe"

snapshot
expect_row ".fd == 7 and .path == \"a_file\" and .type == \"REGULAR\" and .proc.pid == $$ and .inode == $(stat -c %i "$work/a_file") and (.flags | startswith(\"O_RDONLY\"))"
expect_row ".fd == 8 and .type == \"DIRECTORY\" and .path == \"${work##*/}\""
expect_no_row '.type != "REGULAR" and .type != "DIRECTORY"'
expect_no_row ".proc.pid != $$"

snapshot --paths --type-mask 9
expect_row ".fd == 7 and .path == \"$work/a_file\" and .mode_raw == $((0x$(stat -c %f "$work/a_file")))"
expect_row ".fd == 9 and .type == \"FIFO\" and .path == \"$work/a_pipe\" and (.flags | contains(\"O_RDWR\"))"
expect_no_row '.type == "DIRECTORY"'
