#!/bin/bash
# The commands of README.md under "Embed it": the engine, built with nothing but a compiler, in a program.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/wasmcore-embed-XXXXXX")
trap 'rm -rf "$work"' EXIT
source=$PWD
cd "$work"
cc -O2 -ffreestanding -fno-math-errno -ffp-contract=off -I"$source/include" -c "$source"/src/*.c
cc -O2 -Wall -Wextra -Werror -I"$source/include" -I"$source/hosted" "$source/examples/embed.c" \
  "$source/hosted/wasmcore_hosted.c" wc_*.o -o embed
./embed >out
# What it prints stands in README.md.
while read -r line; do
  grep -qF -- "$line" "$source/README.md" || { echo "FAILED: README.md does not show: $line"; exit 1; }
done <out
[ "$(wc -l <out)" -eq 3 ]
