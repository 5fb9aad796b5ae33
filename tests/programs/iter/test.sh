#!/bin/bash
# Sockets of each kind that iterators list; of everything else there is some on every machine.
. "$(dirname "$0")/../lib.sh"

trigger() {
  ip link set lo up 2>/dev/null || true
  # until the rows are there: the iterators run every half second, and sockmap's elements come from the one before
  perl -MIO::Socket::INET -MIO::Socket::UNIX -MSocket=:all -e '
    my $tcp = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "tcp: $!";
    my $udp = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") or die "udp: $!";
    socket(my $unix, PF_UNIX, SOCK_STREAM, 0) or die "unix: $!";
    socket(my $netlink, 16, SOCK_RAW, 0) or die "netlink: $!";
    # DMA_HEAP_IOCTL_ALLOC of one page, kept until the end
    if (open(my $heap, "+<", "/dev/dma_heap/system")) {
      my $request = pack("Q L L Q", 4096, 0, 2, 0);
      ioctl($heap, 0xc0184800, $request) or die "dma_heap: $!";
    }
    sleep 3;'
}

[ -e /dev/dma_heap/system ] || leave_out iter/dmabuf "there are no such buffers here"
run_area
