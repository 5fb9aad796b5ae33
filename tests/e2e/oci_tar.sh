#!/bin/bash
# Export and import: several images in one file, and files that are not to be trusted.
set -euo pipefail
. "$(dirname "$0")/oci_lib.bash"

make_tar "$work/a.tar" example.com/a:1 one
make_tar "$work/b.tar" example.com/b:2 two
gzip -k "$work/b.tar"
expect 0 "$GADGETCTL" image import "$work/a.tar"
"$GADGETCTL" load <"$work/b.tar.gz" >/dev/null || fail "load from stdin, compressed"

expect 0 "$GADGETCTL" image export example.com/a:1 example.com/b:2 "$work/both.tar"
"$GADGETCTL" save example.com/a:1 example.com/b:2 >"$work/again.tar" || fail "save to stdout"
cmp "$work/both.tar" "$work/again.tar" || fail "export is not reproducible"
expect 0 skopeo inspect --raw "oci-archive:$work/both.tar:example.com/b:2"
expect 0 "$GADGETCTL" inspect "$work/both.tar" --image example.com/b:2
expect 2 "$GADGETCTL" inspect "$work/both.tar"
err_has "example.com/a:1, example.com/b:2"

export GADGETRY_STORE=$work/other
expect 0 "$GADGETCTL" load -i "$work/both.tar"
expect 0 "$GADGETCTL" image list -q
[[ $(sort "$work/out" | xargs) == "example.com/a:1 example.com/b:2" ]] || fail "both images: $(cat "$work/out")"

# Nothing of a bad file stays.
export GADGETRY_STORE=$work/third
refused() {
  expect 1 "$GADGETCTL" image import "$1"
  err_has "$2"
  expect 0 "$GADGETCTL" image list -q
  [[ ! -s $work/out ]] || fail "an image of a bad file stayed"
  [[ $(find "$GADGETRY_STORE/blobs" -type f | wc -l) == 0 ]] || fail "blobs of a bad file stayed"
}
head -c 6000 "$work/a.tar" >"$work/short.tar"
refused "$work/short.tar" short.tar
head -c 20000 /dev/urandom >"$work/noise.tar"
refused "$work/noise.tar" noise.tar
make_layout "$work/l1" example.com/a:1
ln -s /etc/passwd "$work/l1/blobs/sha256/$(printf x | sha256sum | cut -d' ' -f1)"
tar -cf "$work/link.tar" -C "$work/l1" .
refused "$work/link.tar" "neither a file nor a folder"
make_layout "$work/l2" example.com/a:1
echo more >>"$work/l2/blobs/sha256/$(printf 'object for arm64' | sha256sum | cut -d' ' -f1)"
tar -cf "$work/damaged.tar" -C "$work/l2" .
refused "$work/damaged.tar" damaged
make_layout "$work/l3" example.com/a:1
rm "$work/l3/blobs/sha256/$(printf 'object for arm64' | sha256sum | cut -d' ' -f1)"
tar -cf "$work/missing.tar" -C "$work/l3" .
refused "$work/missing.tar" "not complete"
make_layout "$work/l4" example.com/a:1
tar -cf "$work/climb.tar" -P --transform 's,^\./oci-layout,../oci-layout,' -C "$work/l4" .
refused "$work/climb.tar" "leads out of the archive"
make_layout "$work/l5" "not a name"
tar -cf "$work/name.tar" -C "$work/l5" .
expect 2 "$GADGETCTL" image import "$work/name.tar"
expect 0 "$GADGETCTL" image import "$work/name.tar" --tag named
expect 0 "$GADGETCTL" image inspect named

# Export errors leave no file behind.
expect 1 "$GADGETCTL" image export named absent "$work/never.tar"
expect 1 "$GADGETCTL" image export named "$work/no/such/folder.tar"
[[ -z $(find "$work" -name 'never.tar*') ]] || fail "a half-written file stayed"
expect 2 "$GADGETCTL" image export named
[[ ! -e /dev/full ]] || { expect 1 "$GADGETCTL" image export named /dev/full; err_has "No space left"; }
