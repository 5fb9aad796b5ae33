#!/usr/bin/perl
# Makes a C dump of kernel types compile everywhere: vmlinux_portable.pl <dump >vmlinux.h
#
# Kernels from 6.19 on are built with -fms-extensions and have members such as `struct ns_tree;` that put the members
# of another struct into this one. Without that flag compilers silently drop them. Each is replaced with an
# unnamed struct of the same members, which means the same to the compiler and to CO-RE.
use strict;
use warnings;

my @lines = <STDIN>;
my %body;    # "struct name" -> lines of its definition, without the first
for (my $i = 0; $i < @lines; ++$i) {
  next unless $lines[$i] =~ /^((?:struct|union) \w+) \{$/;
  my $name = $1;
  my $end = $i;
  ++$end until $end >= @lines || $lines[$end] =~ /^\}/;
  $body{$name} = [@lines[$i + 1 .. $end]];
  $i = $end;
}

sub emit {
  my ($line, $extra, $depth) = @_;
  if ($depth < 8 && $line =~ /^(\t+)((struct|union) \w+);$/ && $body{$2}) {
    my ($indent, $kind, $inner) = ($extra . $1, $3, $body{$2});
    print "$indent$kind {\n";
    emit($_, $indent, $depth + 1) for @{$inner}[0 .. $#$inner - 1];
    print $indent . $inner->[-1];
    return;
  }
  print $extra . $line;
}
emit($_, '', 0) for @lines;
close STDOUT or die "vmlinux_portable: $!\n";
