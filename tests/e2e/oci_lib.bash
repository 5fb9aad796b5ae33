# Helpers of the oci_*.sh tests on top of lib.sh: statuses and outputs, and an image layout written with nothing but
# coreutils.
. "$(dirname "$0")/../lib.sh"
export GADGETRY_DATA_DIR=$work/data

# expect STATUS COMMAND...: runs it, leaves its output in $work/out and $work/err.
expect() {
  local wanted=$1 status=0
  shift
  "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [[ $status == "$wanted" ]] || fail "$* ended with $status instead of $wanted: $(cat "$work/out" "$work/err")"
}
out_has() { grep -qF -- "$1" "$work/out" || fail "no \"$1\" in: $(cat "$work/out")"; }
err_has() { grep -qF -- "$1" "$work/err" || fail "no \"$1\" in: $(cat "$work/err")"; }

# put_blob LAYOUT MEDIA_TYPE TEXT [EXTRA]: stores TEXT, prints its descriptor.
put_blob() {
  local digest
  digest=$(printf %s "$3" | sha256sum | cut -d' ' -f1)
  printf %s "$3" >"$1/blobs/sha256/$digest"
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%d%s}' "$2" "$digest" "$(printf %s "$3" | wc -c)" "${4:-}"
}

# make_layout LAYOUT REF [CONTENT]: a gadget image for amd64 and arm64, as other tools write it.
make_layout() {
  local layout=$1 ref=$2 content=${3:-object} arch config layer manifest index list=""
  local annotations=',"annotations":{"org.opencontainers.image.created":"2023-11-14T22:13:20Z","org.opencontainers.image.title":"hand made"}'
  mkdir -p "$layout/blobs/sha256"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  for arch in amd64 arm64; do
    config=$(put_blob "$layout" application/vnd.gadget.config.v1+yaml $'name: handmade\ndescription: By hand\n')
    layer=$(put_blob "$layout" application/vnd.gadget.ebpf.program.v1+binary "$content for $arch")
    manifest=$(put_blob "$layout" application/vnd.oci.image.manifest.v1+json \
      "{\"schemaVersion\":2,\"artifactType\":\"application/vnd.gadget.v1+binary\",\"config\":$config,\"layers\":[$layer]$annotations}" \
      ",\"platform\":{\"architecture\":\"$arch\",\"os\":\"linux\"}")
    list+="${list:+,}$manifest"
  done
  index=$(put_blob "$layout" application/vnd.oci.image.index.v1+json \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[$list]$annotations}" \
    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"$ref\"}")
  printf '{"schemaVersion":2,"manifests":[%s]}' "$index" >"$layout/index.json"
}

# make_tar FILE REF [CONTENT]
make_tar() {
  rm -rf "$work/layout"
  make_layout "$work/layout" "$2" "${3:-object}"
  tar -cf "$1" -C "$work/layout" .
}
