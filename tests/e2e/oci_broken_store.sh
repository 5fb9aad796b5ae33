#!/bin/bash
# Stores that are damaged, full, shared or not ours: clear errors, nothing lost.
set -euo pipefail
. "$(dirname "$0")/oci_lib.bash"

make_tar "$work/a.tar" example.com/a:1
expect 0 "$GADGETCTL" image import "$work/a.tar"

# A blob is gone: said by name, in the list, and mended by importing again.
blob=$GADGETRY_STORE/blobs/sha256/$(printf 'object for amd64' | sha256sum | cut -d' ' -f1)
rm "$blob"
expect 0 "$GADGETCTL" image list
err_has "parts are missing"
expect 1 "$GADGETCTL" image export example.com/a:1 "$work/x.tar"
expect 1 "$GADGETCTL" tag example.com/a:1 example.com/b:1
err_has "not complete"
expect 0 "$GADGETCTL" image import "$work/a.tar"
expect 0 "$GADGETCTL" tag example.com/a:1 example.com/b:1

# Not a store.
mkdir "$work/things" && touch "$work/things/file"
expect 2 "$GADGETCTL" --store "$work/things" image import "$work/a.tar"
err_has "not an image store"
[[ $(ls "$work/things") == file ]] || fail "it was littered"
cp -r "$GADGETRY_STORE" "$work/bad" && echo '{' >"$work/bad/index.json"
expect 1 "$GADGETCTL" --store "$work/bad" image list
err_has "not JSON"

# Shipped gadgets are listed, found first, and stay.
make_layout "$GADGETRY_DATA_DIR/gadgets" ghcr.io/inspektor-gadget/gadget/shipped:latest
expect 0 "$GADGETCTL" image list
out_has shipped
expect 0 "$GADGETCTL" inspect shipped
expect 1 "$GADGETCTL" rmi shipped
err_has "cannot be removed"
expect 0 "$GADGETCTL" tag shipped mine
expect 0 "$GADGETCTL" rmi mine

# Another user may read, not write.
if [[ $(id -u) == 0 ]]; then
  chmod 755 "$work"
  install -m 755 "$GADGETCTL" "$work/gadgetctl"
  user=(setpriv --reuid 65534 --regid 65534 --clear-groups "$work/gadgetctl")
  expect 0 "${user[@]}" image inspect example.com/a:1
  expect 1 "${user[@]}" rmi example.com/a:1
  err_has "ermission denied"
  err_has "GADGETRY_STORE"
  expect 0 "$GADGETCTL" inspect example.com/a:1

  # A full disk: an error, and the store as it was.
  if unshare -m true 2>/dev/null; then
    export work GADGETCTL
    dd if=/dev/zero bs=1M count=2 status=none | tr '\0' 'x' >"$work/big"
    make_layout "$work/bigl" example.com/a:1 "$(cat "$work/big")" 2>/dev/null || fail "big layout"
    tar -cf "$work/big.tar" -C "$work/bigl" .
    unshare -m bash -euo pipefail -c '
      mkdir "$work/disk" && mount -t tmpfs -o size=1m tmpfs "$work/disk"
      export GADGETRY_STORE=$work/disk/store
      "$GADGETCTL" image import "$work/a.tar" >/dev/null
      before=$(cd "$work/disk/store" && find blobs index.json -type f -exec sha256sum {} + | sort)
      ! "$GADGETCTL" image import "$work/big.tar" >"$work/out" 2>"$work/err"
      [[ $(cd "$work/disk/store" && find blobs index.json -type f -exec sha256sum {} + | sort) == "$before" ]]
      "$GADGETCTL" inspect example.com/a:1 >/dev/null
    ' || fail "full disk: $(cat "$work/err")"
    err_has "free some space"
  fi
fi

# Several at once.
for i in 1 2 3 4 5 6; do
  make_tar "$work/p$i.tar" "example.com/p:$i" "content $i"
done
pids=()
for i in 1 2 3 4 5 6; do
  "$GADGETCTL" image import "$work/p$i.tar" >/dev/null &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "concurrent import"; done
expect 0 "$GADGETCTL" image list -q
[[ $(grep -c example.com/p: "$work/out") == 6 ]] || fail "an image got lost: $(cat "$work/out")"
