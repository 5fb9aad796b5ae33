#!/usr/bin/perl
# Merges results of program tests into one table, program type by kernel.
#
#   matrix.pl [--markdown] COLUMN=FILE...      FILE: what tests/programs/run.sh left in $PROGRAM_RESULTS
#
# The same files give the same text: rows stand in the order of the areas' names, and within an area of its source; reasons
# are numbered in the order of the table.
use strict;
use warnings;

my $markdown = @ARGV && $ARGV[0] eq '--markdown' ? shift @ARGV : 0;
my (@columns, %cell, %order, %areas, %reason_number, @reasons);
for my $argument (@ARGV) {
  my ($column, $path) = $argument =~ /^([^=]+)=(.+)$/ or die "matrix: COLUMN=FILE is expected: $argument\n";
  push @columns, $column;
  open my $file, '<', $path or die "matrix: cannot read $path: $!\n";
  while (my $line = <$file>) {
    chomp $line;
    my ($area, $verdict, $row, $why) = split /\t/, $line, 4;
    next if $verdict eq 'ok' || $row =~ / \(/;
    push @{$areas{$area}}, $row unless $order{$area}{$row}++;
    # the last word counts, but a failure stays one
    $cell{$area}{$row}{$column} = [$verdict, $why // ''] unless ($cell{$area}{$row}{$column} // [''])->[0] eq 'FAIL';
  }
}

sub number_of {
  my ($why) = @_;
  push @reasons, $why and $reason_number{$why} = @reasons unless $reason_number{$why};
  return $reason_number{$why};
}

my @lines;
for my $area (sort keys %areas) {
  for my $row (@{$areas{$area}}) {
    my @cells;
    for my $column (@columns) {
      my ($verdict, $why) = @{$cell{$area}{$row}{$column} // ['-', '']};
      $verdict .= $markdown ? '[^' . number_of($why) . ']' : ' ' . number_of($why) if $verdict eq 'no' && $why ne '';
      push @cells, $verdict;
    }
    push @lines, [$markdown ? "`$row`" : $row, $area, @cells];
  }
}

my @head = ('Program', 'Tests', @columns);
if ($markdown) {
  print '| ', join(' | ', @head), " |\n", '|---' x @head, "|\n";
  print '| ', join(' | ', map { s/\|/\\|/gr } @$_), " |\n" for @lines;
  print "\n";
  # what a message names between < and > would be markup
  print "[^$_]: ", $reasons[$_ - 1] =~ s/</&lt;/gr =~ s/([*_`])/\\$1/gr, "\n" for 1 .. @reasons;
} else {
  my @width = map { my $i = $_; my $w = 0; for (\@head, @lines) { $w = length $_->[$i] if length $_->[$i] > $w } $w } 0 .. $#head;
  print join('  ', map { sprintf "%-*s", $width[$_], $head[$_] } 0 .. $#head) =~ s/ +$//r, "\n";
  for my $line (@lines) { print join('  ', map { sprintf "%-*s", $width[$_], $line->[$_] } 0 .. $#head) =~ s/ +$//r, "\n" }
  print "\n" if @reasons;
  print "no $_: $reasons[$_ - 1]\n" for 1 .. @reasons;
}
