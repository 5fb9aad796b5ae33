#!/bin/bash
# Damaged objects, objects for another architecture, stores with holes, and no privileges: errors, never crashes.
. "$(dirname "$0")/../lib.sh"
need_root
root=$(cd "$(dirname "$0")/../.." && pwd)

# Not an object, an empty one, a native one, a truncated one.
echo hello >"$work/text.o"
expect_status 1 "$GADGETCTL" run "$work/text.o"
expect_stderr 'ELF|eBPF object'
: >"$work/empty.o"
expect_status 1 "$GADGETCTL" run "$work/empty.o"
cp "$(readlink -f /bin/true)" "$work/native.o"
expect_status 1 "$GADGETCTL" run "$work/native.o"
"$GADGETCTL" build -t whole "$root/gadgets/trace_open" >/dev/null
object=$("$GADGETCTL" image inspect whole -o json |
  jq -r 'first(.. | objects | select(.mediaType? == "application/vnd.gadget.ebpf.program.v1+binary")) | .digest')
blob=$GADGETRY_STORE/blobs/${object/://}
for size in 10 64 1000 5000 9000; do
  head -c $size "$blob" >"$work/cut.o"
  expect_status 1 "$GADGETCTL" run "$work/cut.o"
done

# A blob that is missing, and one that was changed.
mv "$blob" "$work/blob"
expect_status 1 "$GADGETCTL" run whole -t 1
expect_stderr 'missing'
cp "$work/blob" "$blob"
printf 'x' | dd of="$blob" bs=1 seek=200 conv=notrunc status=none
expect_status 1 "$GADGETCTL" run whole -t 1
expect_stderr 'digest|damaged|changed'

# Not root: the missing capabilities are named.
if command -v setpriv >/dev/null; then
  # where that user can read it, and nothing else
  chmod 755 "$work"
  mkdir "$work/public"
  install -m 755 "$GADGETCTL" "$work/public/gadgetctl"
  GADGETRY_STORE=$work/public/gadgets "$GADGETCTL" build -t trace_open "$root/gadgets/trace_open" >/dev/null
  expect_status 1 env GADGETRY_STORE="$work/public/gadgets" GADGETRY_DATA_DIR="$work/public" \
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
    "$work/public/gadgetctl" run trace_open -t 1
  expect_stderr 'CAP_BPF'
fi

# An unreadable folder.
mkdir "$work/closed"
chmod 0 "$work/closed"
expect_status 1 "$GADGETCTL" run "$work/closed"
