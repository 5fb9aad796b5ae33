#!/bin/bash
# Reads and writes of a known number and size are counted.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
[ -e /sys/bus/event_source/devices/kprobe ] || skip "this kernel has no kprobes"
head -c 65536 /dev/zero >"$work/source-of-test"

copy='
  open my $in, "<", "$ARGV[0]/source-of-test" or die; open my $out, ">", "$ARGV[0]/copy-of-test" or die;
  sysread $in, my $data, 4096 for 1..16; sysread $in, $data, 4096;
  syswrite $out, "x" x 1000 for 1..7;
  open my $zero, "<", "/dev/zero" or die; sysread $zero, $data, 100 for 1..5;
  select undef, undef, undef, 0.3'

start_gadget top_file -o json --comm perl
perl -e "$copy" "$work"
sleep 1.5
stop_gadget
expect_row '.file == "source-of-test" and .reads == 17 and .rbytes_raw == 65536 and .writes == 0 and .t == "R"
  and .proc.comm == "perl" and .inode == '"$(stat -c %i "$work/source-of-test")"' and .dev != 0'
expect_row '.file == "copy-of-test" and .writes == 7 and .wbytes_raw == 7000 and .reads == 0 and .inode == '"$(stat -c %i "$work/copy-of-test")"
expect_no_row '.file == "zero"'
expect_no_row '.proc.comm != "perl"'

start_gadget top_file -o json --comm perl --all-files
perl -e "$copy" "$work"
sleep 1.5
stop_gadget
expect_row '.file == "zero" and .reads == 5 and .rbytes_raw == 500 and .t == "O"'
