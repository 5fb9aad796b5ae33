#!/bin/bash
# The life of an image in the local store, read by skopeo, too.
set -euo pipefail
. "$(dirname "$0")/oci_lib.bash"

expect 0 "$GADGETCTL" image list
[[ $(wc -l <"$work/out") == 1 ]] || fail "an absent store is empty"
[[ ! -e $GADGETRY_STORE ]] || fail "looking must not make a store"

make_tar "$work/one.tar" ghcr.io/inspektor-gadget/gadget/handmade:v1
expect 0 "$GADGETCTL" image import "$work/one.tar"
out_has "Imported ghcr.io/inspektor-gadget/gadget/handmade:v1"
expect 0 "$GADGETCTL" images
out_has handmade
out_has v1
expect 0 "$GADGETCTL" image list -q
[[ $(cat "$work/out") == ghcr.io/inspektor-gadget/gadget/handmade:v1 ]] || fail "list -q"
expect 0 "$GADGETCTL" image list -o json
[[ $(jq -r '.[0] | .tag, .created, (.architectures | join(","))' "$work/out" | xargs) == "v1 2023-11-14T22:13:20Z amd64,arm64" ]] ||
  fail "list -o json: $(cat "$work/out")"
digest=$(jq -r '.[0].digest' "$work/out")
for option in "-o yaml" "-o jsonpretty" "--no-trunc"; do expect 0 "$GADGETCTL" image ls $option; out_has "$digest"; done

# The name may be short, full, or a digest.
for name in handmade:v1 "handmade@$digest" "handmade:v1@$digest" ghcr.io/inspektor-gadget/gadget/handmade:v1 "$digest"; do
  expect 0 "$GADGETCTL" image inspect "$name" --extra-info oci.digest
  [[ $(cat "$work/out") == "$digest" ]] || fail "inspect $name"
done
expect 0 "$GADGETCTL" inspect handmade:v1
[[ $(jq -r '.manifests | length' "$work/out") == 2 ]] || fail "two manifests"
[[ $(jq -r .metadata "$work/out") == *"description: By hand"* ]] || fail "metadata"
expect 0 "$GADGETCTL" inspect handmade:v1 --extra-info oci.manifest --arch arm64
[[ $(jq -r '.layers[0].mediaType' "$work/out") == application/vnd.gadget.ebpf.program.v1+binary ]] || fail "manifest"
[[ $(jq 'has("mediaType")' "$work/out") == false ]] || fail "manifests have no mediaType"
expect 0 "$GADGETCTL" inspect handmade:v1 -o yaml
out_has "  description: By hand"

# Tags, and what skopeo says.
expect 0 "$GADGETCTL" tag handmade:v1 localhost:5000/team/tool:v2
expect 0 skopeo inspect --raw "oci:$GADGETRY_STORE:localhost:5000/team/tool:v2"
[[ $(sha256sum <"$work/out" | cut -d' ' -f1) == "${digest#sha256:}" ]] || fail "skopeo reads another index"
expect 0 skopeo copy --all --preserve-digests "oci:$GADGETRY_STORE:localhost:5000/team/tool:v2" "oci:$work/copy:tool:v3"
expect 0 "$GADGETCTL" --store "$work/copy" image inspect tool:v3 --extra-info oci.digest
[[ $(cat "$work/out") == "$digest" ]] || fail "a layout written by skopeo"
expect 0 "$GADGETCTL" inspect "$work/copy/../copy" --extra-info oci.digest

# Removing: several, errors one by one, blobs go with the last name.
expect 1 "$GADGETCTL" image remove handmade:v1 handmaid:v1
out_has "Removed handmade:v1"
err_has "handmaid:v1"
[[ $(ls "$GADGETRY_STORE/blobs/sha256" | wc -l) == 6 ]] || fail "blobs in use went"
expect 1 "$GADGETCTL" inspect localhost:5000/team/toll:v2
err_has 'did you mean "localhost:5000/team/tool:v2"?'
expect 0 "$GADGETCTL" rmi "$digest"
[[ $(ls "$GADGETRY_STORE/blobs/sha256" | wc -l) == 0 ]] || fail "unused blobs stay"

# Wrong usage.
expect 2 "$GADGETCTL" image remove
expect 1 "$GADGETCTL" image remove UPPER
expect 2 "$GADGETCTL" inspect UPPER
expect 2 "$GADGETCTL" image list -o xml
expect 2 "$GADGETCTL" tag a
