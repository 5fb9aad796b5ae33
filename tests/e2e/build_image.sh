#!/bin/bash
# What build makes of a folder, of single files, of build.yaml; other tools read the result.
. "$(dirname "$0")/../lib.sh"

"$GADGETCTL" init my_gadget --dir "$work/g" >/dev/null
image=$work/image

# An image for both architectures, as image indexes of gadgets are.
"$GADGETCTL" build -t example.org/team/g:v1 -o "$image" "$work/g" >/dev/null
skopeo inspect --raw "oci:$image:example.org/team/g:v1" >"$work/index"
jq -e '.mediaType == "application/vnd.oci.image.index.v1+json" and [.manifests[].platform.architecture] == ["amd64", "arm64"]
  and .annotations["org.opencontainers.image.title"] == "my_gadget"' "$work/index" >/dev/null || fail "index: $(cat "$work/index")"
digest=$(jq -r '.manifests[0].digest' "$work/index")
manifest=$image/blobs/sha256/${digest#sha256:}
jq -e '.artifactType == "application/vnd.gadget.v1+binary" and .config.mediaType == "application/vnd.gadget.config.v1+yaml"
  and [.layers[].mediaType] == ["application/vnd.gadget.ebpf.program.v1+binary"]' "$manifest" >/dev/null || fail "manifest: $(cat "$manifest")"
config=$(jq -r .config.digest "$manifest")
cmp "$work/g/gadget.yaml" "$image/blobs/sha256/${config#sha256:}" || fail "the config is not gadget.yaml"

# One architecture only.
"$GADGETCTL" build -t g:one --arch arm64 -o "$work/one" "$work/g" >/dev/null
skopeo inspect --raw "oci:$work/one" | jq -e '[.manifests[].platform.architecture] == ["arm64"]' >/dev/null || fail "not arm64 alone"

# build.yaml: names, flags and a Wasm module.
mkdir -p "$work/g/include"
mv "$work/g/program.bpf.c" "$work/g/other.bpf.c"
mv "$work/g/gadget.yaml" "$work/g/other.yaml"
sed -i 's|#define FILE_LEN 128|#include <file_len.h>\n#ifndef FROM_CFLAGS\n#error no cflags\n#endif|' "$work/g/other.bpf.c"
echo '#define FILE_LEN 64' >"$work/g/include/file_len.h"
# The smallest module that a host accepts: gadgetAPIVersion, which returns 1.
printf '\0asm\1\0\0\0\1\5\1\x60\0\1\x7e\3\2\1\0\7\x14\1\x10gadgetAPIVersion\0\0\x0a\6\1\4\0\x42\1\x0b' >"$work/g/module.wasm"
cat >"$work/g/build.yaml" <<EOF
ebpfsource: other.bpf.c
metadata: other.yaml
wasm: module.wasm
cflags: -DFROM_CFLAGS=1 -Iinclude
EOF
"$GADGETCTL" build -t g:two -o "$work/two" "$work/g" >/dev/null
digest=$(skopeo inspect --raw "oci:$work/two" | jq -r '.manifests[1].digest')
jq -e '[.layers[].mediaType] == ["application/vnd.gadget.ebpf.program.v1+binary", "application/vnd.gadget.wasm.program.v1+binary"]' \
  "$work/two/blobs/sha256/${digest#sha256:}" >/dev/null || fail "layers of the image with a Wasm module"

# Another build file; a folder with metadata alone.
printf 'ebpfsource: other.bpf.c\ncflags: [-DFROM_CFLAGS, -Iinclude]\n' >"$work/g/build2.yaml"
"$GADGETCTL" build -t g:three -f "$work/g/build2.yaml" "$work/g" >/dev/null
mkdir "$work/meta"
printf 'name: top\noperator: {process: {emitstats: true}}\n' >"$work/meta/gadget.yaml"
"$GADGETCTL" build -t g:meta "$work/meta" >/dev/null

# The commands of the original design, with its simple definition file.
"$GADGETCTL" init plain --dir "$work/plain" >/dev/null
cat >"$work/plain.yaml" <<EOF
name: plain
description: starts
documentation: |
  Shows programs being started.
columns:
  - name: file
    width: 20
    order: 1000
    visible: true
ebpf_params:
  - key: shortest
    var: min_length
    description: shortest name
EOF
(cd "$work" && "$GADGETCTL" build --prog plain/program.bpf.c --definition plain.yaml plain:v2) >"$work/out"
expect_stdout '^Successfully built .*/plain:v2@sha256:'

# Metadata made from the program, then kept as it is.
rm "$work/plain/gadget.yaml"
"$GADGETCTL" build --update-metadata "$work/plain" >/dev/null
grep -q '^  exec:$' "$work/plain/gadget.yaml" || fail "no data source: $(cat "$work/plain/gadget.yaml")"
grep -q '^    min_length:$' "$work/plain/gadget.yaml" || fail "no parameter: $(cat "$work/plain/gadget.yaml")"
sed -i 's/description: describe me/description: mine # kept/' "$work/plain/gadget.yaml"
cp "$work/plain/gadget.yaml" "$work/before"
"$GADGETCTL" build --update-metadata "$work/plain" >/dev/null
cmp "$work/plain/gadget.yaml" "$work/before" || fail "a second update changed the file"
