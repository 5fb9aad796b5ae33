#!/bin/bash
# The program that is extended: build.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
clang=$(command -v clang-19 || command -v clang)
for name in target traced; do
  "$clang" -target bpf -g -O2 -I"/usr/include/$(uname -m)-linux-gnu" -c "$here/$name.bpf.c" -o "$1/$name.bpf.o"
done
