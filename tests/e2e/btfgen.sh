#!/bin/bash
# Kernels without type information: images carry it, made by `build --btfgen`.
. "$(dirname "$0")/../lib.sh"
need_root
[ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no types to make an archive of"
gadget=$(cd "$(dirname "$0")/../../gadgets/trace_open" && pwd)

os_release() { (. /etc/os-release && eval "printf '%s' \"\${$1-}\""); }
arch=$(uname -m)
[ "$arch" != aarch64 ] || arch=arm64
goarch=amd64
[ "$arch" = x86_64 ] || goarch=arm64
place=$(os_release ID)/$(os_release VERSION_ID)/$arch
mkdir -p "$work/btf/$place" "$work/packed/$place" "$work/other/$place"
cp /sys/kernel/btf/vmlinux "$work/btf/$place/$(uname -r).btf"
echo "not a kernel" >"$work/btf/README"

build() { # FOLDER FILE
  "$GADGETCTL" build --arch "$goarch" -t trace_open:v1 --btfgen "$1" -o "$2" "$gadget" >"$work/digest" 2>"$work/err"
}
build "$work/btf" "$work/first.tar" || fail "build --btfgen"
build "$work/btf" "$work/second.tar" || fail "build --btfgen again"
cmp "$work/first.tar" "$work/second.tar" || fail "two builds differ"
cp "$work/digest" "$work/raw-digest"

# Packed as BTFHub packs them: the same image.
if [ -x "$(command -v xz)" ]; then
  tar -cJf "$work/packed/$place/$(uname -r).btf.tar.xz" -C "$work/btf/$place" "$(uname -r).btf"
  build "$work/packed" "$work/packed.tar" || fail "build --btfgen of .btf.tar.xz"
  cmp "$work/raw-digest" "$work/digest" || fail "packed types give another image"
fi

# The layer is what others expect.
"$GADGETCTL" image import "$work/first.tar" >/dev/null
"$GADGETCTL" image inspect -o json trace_open:v1 >"$work/out"
digest=$(jq -r '.manifests[0].layers[] | select(.mediaType == "application/vnd.gadget.btfgen.v1+binary") | .digest' "$work/out")
[ -n "$digest" ] || fail "the image has no layer with types"
blob=$GADGETRY_STORE/blobs/sha256/${digest#sha256:}
[ "$(tar -tzf "$blob")" = "$place/$(uname -r).btf" ] || fail "the archive holds $(tar -tzf "$blob")"
[ "$(stat -c %s "$blob")" -lt 500000 ] || fail "the archive is large: $(stat -c %s "$blob") bytes"

# Without the kernel's own types the gadget runs by those of its image.
run_and_open() { # SOURCE
  start_gadget "$1" -o json
  local i
  for i in $(seq 100); do
    cat "$work/btf/README" >/dev/null
    if grep -q btf/README "$work/out"; then break; fi
    sleep 0.05
  done
  stop_gadget
  expect_event '.fname | endswith("btf/README")'
  expect_event '.proc.comm == "cat" and .proc.parent.comm != ""'
}
export GADGETRY_BTF=none
run_and_open "$work/first.tar"

# A file with the kernel's types does as well.
"$GADGETCTL" build --arch "$goarch" -t plain:v1 -o "$work/plain.tar" "$gadget" >/dev/null 2>&1
GADGETRY_BTF=$work/btf/$place/$(uname -r).btf run_and_open "$work/plain.tar"

# Neither: the error says for which kernel, and what to do; probe says the same.
expect_status 1 "$GADGETCTL" run "$work/plain.tar" -t 1
grep -qF "$place/$(uname -r).btf" "$work/err" || fail "the kernel is not named"
grep -q -- '--btfgen' "$work/err" || fail "no hint"
expect_status 1 "$GADGETCTL" probe -o json "$work/plain.tar"
jq -e '.missing | index("requirements: type information")' "$work/out" >/dev/null || fail "probe does not say what is missing"
expect_status 0 "$GADGETCTL" probe -o json --load "$work/first.tar"
jq -e '.checks.requirements[] | select(.name == "type information") | .detail | test("archive")' "$work/out" >/dev/null ||
  fail "probe does not say where the types come from"

# An archive without this kernel.
cp "$work/btf/$place/$(uname -r).btf" "$work/other/$place/1.2.3-other.btf"
build "$work/other" "$work/other.tar"
expect_status 1 "$GADGETCTL" run "$work/other.tar" -t 1
grep -q "archive has no $place" "$work/err" || fail "says nothing about the archive"

# What is damaged or empty.
unset GADGETRY_BTF
mkdir -p "$work/empty" "$work/bad/$place"
expect_status 1 "$GADGETCTL" build --btfgen "$work/empty" -o "$work/x.tar" "$gadget"
grep -q 'no types of kernels' "$work/err" || fail "an empty folder"
head -c 1000 /sys/kernel/btf/vmlinux >"$work/bad/$place/1.btf"
expect_status 1 "$GADGETCTL" build --arch "$goarch" --btfgen "$work/bad" -o "$work/x.tar" "$gadget"
grep -q '1.btf' "$work/err" || fail "a damaged file"
[ ! -e "$work/x.tar" ] || fail "an image of it was left"
