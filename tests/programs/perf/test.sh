#!/bin/bash
# A processor that is busy for a moment, and a process that touches memory.
. "$(dirname "$0")/../lib.sh"

trigger() { perl -e 'my $end = time + 2; my $sum = 0; while (time < $end) { $sum += length("x" x 1000000) }'; }

run_area
