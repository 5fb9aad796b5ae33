#!/bin/bash
# A file and a folder come and go, a system call, and a test run of the kernel's own test functions.
. "$(dirname "$0")/../lib.sh"

trigger() {
  perl -MPOSIX -e 'syscall((POSIX::uname())[4] eq "x86_64" ? 121 : 155, 4194001)' # getpgid
  touch "$work/file"
  rm "$work/file"
  mkdir "$work/folder"
  rmdir "$work/folder"
  if [ -x /usr/sbin/bpftool ] && [ -n "$(/usr/sbin/bpftool prog show name on_test 2>/dev/null)" ]; then
    head -c 64 /dev/zero >"$work/packet" # which the tool wants; such a run takes no data
    /usr/sbin/bpftool prog run name on_test data_in "$work/packet" repeat 1
  fi
}

run_area
