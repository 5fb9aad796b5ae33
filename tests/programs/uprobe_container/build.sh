#!/bin/bash
# The program of the tests of uprobes, linked statically: it runs in a folder that has nothing else. And one that needs its
# libc, with the libraries it needs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
rm -rf "$out/image"
mkdir -p "$out/image/bin"
cc -O2 -g0 -static -o "$out/image/bin/probe_static" "$here/../uprobe/probe_me.c"
cc -O2 -g0 -o "$out/image/bin/probe_me" "$here/../uprobe/probe_me.c"
ldd "$out/image/bin/probe_me" | grep -o '/[^ ]*' | while read -r library; do
  install -D "$library" "$out/image$library"
done
