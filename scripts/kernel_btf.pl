#!/usr/bin/perl
# Cuts the BTF (type information) out of a kernel image: kernel_btf.pl IMAGE >BTF.
# Knows: uncompressed images (ELF or arm64 "Image"), x86 bzImage, and EFI zboot images; payloads packed with
# gzip, xz, zstd, lz4 or lzma.
use strict;
use warnings;

my $image = shift or die "usage: kernel_btf.pl IMAGE >BTF\n";
open my $in, '<:raw', $image or die "kernel_btf: $image: $!\n";
my $data = do { local $/; <$in> };
close $in;

# The BTF of a kernel is megabytes of types followed by strings; anything smaller that looks like a header is not it.
sub find_btf {
  my ($bytes) = @_;
  my $size = length $$bytes;
  for (my $at = 0; ($at = index($$bytes, "\x9f\xeb\x01\x00", $at)) >= 0; ++$at) {
    last if $at + 24 > $size;
    my ($header, $types_at, $types, $strings_at, $strings) = unpack('x4 V5', substr($$bytes, $at, 24));
    my $total = $header + $strings_at + $strings;
    next if $header < 24 || $header > 4096 || $types_at != 0 || $strings_at < $types || $types < 100_000;
    next if $at + $total > $size;
    return substr($$bytes, $at, $total);
  }
  return undef;
}

sub unpack_with {
  my ($payload, @command) = @_;
  require File::Temp;
  my $file = File::Temp->new;
  binmode $file;
  print {$file} $payload;
  $file->flush;
  # What follows the packed stream (a length, padding) makes the tools complain after they wrote everything.
  open my $pipe, '-|', 'sh', '-c', '"$@" 2>/dev/null', 'sh', @command, $file->filename or die "kernel_btf: $command[0]: $!\n";
  binmode $pipe;
  my $out = do { local $/; <$pipe> };
  close $pipe;
  die "kernel_btf: $image: $command[0] could not unpack the kernel; is it installed?\n" unless defined $out && length $out;
  return $out;
}

sub payload {
  my ($bytes) = @_;
  if (substr($$bytes, 4, 4) eq 'zimg') {    # EFI zboot
    my ($at, $size) = unpack('VV', substr($$bytes, 8, 8));
    return substr($$bytes, $at, $size) if $at + $size <= length $$bytes;
  }
  if (length($$bytes) > 0x250 && substr($$bytes, 0x202, 4) eq 'HdrS') {    # x86 boot protocol 2.08 and later
    my $sectors = ord(substr($$bytes, 0x1f1, 1)) || 4;
    my ($at, $size) = unpack('VV', substr($$bytes, 0x248, 8));
    $at += ($sectors + 1) * 512;
    return substr($$bytes, $at, $size) if $at + $size <= length $$bytes;
  }
  return $$bytes;
}

my $btf = find_btf(\$data);
if (!defined $btf) {
  my $packed = payload(\$data);
  my %tools = (
    "\x1f\x8b" => ['gzip', '-dc'], "\xfd7zXZ" => ['xz', '-dc', '--single-stream'],
    "\x28\xb5\x2f\xfd" => ['zstd', '-dcq'], "\x02\x21\x4c\x18" => ['lz4', '-dc'],
    "\x5d\x00\x00" => ['xz', '-dc', '--format=lzma'],
  );
  for my $magic (keys %tools) {
    next unless substr($packed, 0, length $magic) eq $magic;
    my $unpacked = unpack_with($packed, @{$tools{$magic}});
    $btf = find_btf(\$unpacked);
    last;
  }
}
die "kernel_btf: $image holds no BTF that this program can find\n" unless defined $btf;
binmode STDOUT;
print $btf or die "kernel_btf: $!\n";
close STDOUT or die "kernel_btf: $!\n";
