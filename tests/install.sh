#!/bin/bash
# Installs into a private folder, then uses the installation as a stranger would: program, SDK, gadgets, library.
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/.." && pwd)
prefix=$work/usr

DESTDIR= cmake --install "$root/build/release" --prefix "$prefix" --strip >"$work/out" 2>"$work/err" || fail "cmake --install"
for file in bin/gadgetctl include/gadget/runner.hpp lib/libgadget.so lib/pkgconfig/gadget.pc \
  lib/cmake/gadgetry/gadgetry-config.cmake share/gadgetry/sdk/bpf/gadget/macros.h share/gadgetry/sdk/bpf/bpf/bpf_helpers.h \
  share/gadgetry/sdk/bpf/gadget/amd64/vmlinux.h share/gadgetry/sdk/bpf/gadget/arm64/vmlinux.h \
  share/gadgetry/gadgets/index.json share/man/man1/gadgetctl.1 share/bash-completion/completions/gadgetctl; do
  [ -e "$prefix/$file" ] || fail "not installed: $file"
done
readelf -S "$prefix/bin/gadgetctl" | grep -qE '\.(symtab|debug_info)' && fail "gadgetctl is not stripped"

# The installed program finds its own gadgets and SDK, wherever it was put.
unset GADGETRY_DATA_DIR
"$prefix/bin/gadgetctl" image list | grep -q trace_open || fail "the shipped gadgets are not listed"
"$prefix/bin/gadgetctl" completion bash | grep -q complete || fail "completion"
(cd "$work" && "$prefix/bin/gadgetctl" init mygadget >/dev/null && "$prefix/bin/gadgetctl" build -t mygadget mygadget >/dev/null) ||
  fail "init and build with the installed SDK"

# The examples, with CMake and with pkg-config, against the installed library.
cp -r "$root/examples" "$work/examples"
cmake -S "$work/examples/pull_events" -B "$work/b1" -DCMAKE_PREFIX_PATH="$prefix" >"$work/out" 2>&1 || fail "find_package"
cmake --build "$work/b1" >"$work/out" 2>&1 || fail "build with find_package"
PKG_CONFIG_PATH=$prefix/lib/pkgconfig make -C "$work/examples/callback" >"$work/out" 2>&1 || fail "build with pkg-config"

need_root
(for _ in $(seq 100); do sleep 0.05; LC_ALL=C cat /etc/hostname >/dev/null; done) &
noise=$!
LD_LIBRARY_PATH=$prefix/lib GADGETRY_DATA_DIR=$prefix/share/gadgetry "$work/b1/pull_events" cat >"$work/out" 2>"$work/err" ||
  fail "pull_events"
kill "$noise" 2>/dev/null || true
grep -q 'cat .*opens /etc/hostname' "$work/out" || fail "pull_events saw nothing"
grep -q ' 0 lost' "$work/out" || fail "pull_events: counters"

digest=$("$prefix/bin/gadgetctl" --store "$prefix/share/gadgetry/gadgets" image inspect trace_open -o json |
  jq -r '[.. | objects | select(.mediaType? == "application/vnd.gadget.ebpf.program.v1+binary")][0].digest')
cp "$prefix/share/gadgetry/gadgets/blobs/${digest/://}" "$work/open.o"
(for _ in $(seq 60); do sleep 0.05; cat /etc/hostname >/dev/null; done) &
LD_LIBRARY_PATH=$prefix/lib "$work/examples/callback/callback" "$work/open.o" 3 >"$work/out" 2>"$work/err" || fail "callback"
grep -q '"fname":"/etc/hostname"' "$work/out" || fail "callback saw nothing"
