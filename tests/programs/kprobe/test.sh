#!/bin/bash
# A file and a folder come and go, and a system call asks for a process that does not exist.
. "$(dirname "$0")/../lib.sh"

trigger() {
  perl -MPOSIX -e 'syscall((POSIX::uname())[4] eq "x86_64" ? 121 : 155, 4194001)' # getpgid of nobody: ESRCH
  touch "$work/file"
  rm "$work/file"
  mkdir "$work/folder"
  rmdir "$work/folder"
}

expect_row ksyscall '.value == 4194001'
# The stand-in is for kernels that lack kprobe.multi.
! grep -q ' kprobe_multi_link_handler$' /proc/kallsyms || leave_out 'kprobe (instead_of)' 'kprobe.multi is there'
run_area
