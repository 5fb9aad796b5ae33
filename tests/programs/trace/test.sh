#!/bin/bash
# Tracepoints: system calls of a process that does not exist, the life of a process, and a test run of a program.
. "$(dirname "$0")/../lib.sh"

# bpf_test_finish is reached by BPF_PROG_TEST_RUN: of a socket filter that returns 0, with a packet of zeros.
test_run() {
  perl -MPOSIX -e '
    my $bpf = (POSIX::uname())[4] eq "x86_64" ? 321 : 280;
    my $code = pack("CCsl CCsl", 0xb7, 0, 0, 0, 0x95, 0, 0, 0); # r0 = 0; exit
    my ($license, $packet) = ("GPL\0", "\0" x 64);
    my $load = pack("LL Q Q LL Q", 1, 2, unpack("Q", pack("p", $code)), unpack("Q", pack("p", $license)), 0, 0, 0) . "\0" x 80;
    my $fd = syscall($bpf, 5, $load, length $load);
    die "cannot load: $!" if $fd < 0;
    my $test = pack("LL LL Q Q LL", $fd, 0, length $packet, 0, unpack("Q", pack("p", $packet)), 0, 1, 0) . "\0" x 40;
    syscall($bpf, 10, $test, length $test) == 0 or die "cannot run: $!";
  '
}

trigger() {
  # a new process runs a program and ends: fork, exec, exit
  perl -MPOSIX -e 'syscall((POSIX::uname())[4] eq "x86_64" ? 121 : 155, 4194001)' # getpgid of nobody: ESRCH
  test_run
}

run_area
