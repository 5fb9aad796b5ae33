#!/bin/bash
# The same sources give the same image, byte for byte, wherever they are and whenever they are built.
. "$(dirname "$0")/../lib.sh"

"$GADGETCTL" init my_gadget --dir "$work/one" >/dev/null
mkdir -p "$work/a/longer path/to"
cp -r "$work/one" "$work/a/longer path/to/two"
unset SOURCE_DATE_EPOCH

"$GADGETCTL" build -t my_gadget:v1 -o "$work/one.tar" "$work/one" >"$work/first"
sleep 1.1
(cd "$work/a/longer path/to/two" && "$GADGETCTL" build -t my_gadget:v1 -o "$work/two.tar") >"$work/second"
cmp "$work/one.tar" "$work/two.tar" || fail "two builds differ"
cmp "$work/first" "$work/second" || fail "two builds have different digests"
grep -qE '^Successfully built [a-z./_-]+/my_gadget:v1@sha256:[0-9a-f]{64}$' "$work/first" || fail "says: $(cat "$work/first")"

# The store gets the same image as the file.
"$GADGETCTL" build -t my_gadget:v1 "$work/one" | cmp - "$work/first" || fail "the store holds another image"

# Nothing of the machine is in it.
mkdir "$work/unpacked"
tar -xf "$work/one.tar" -C "$work/unpacked"
! grep -rqF "$work" "$work/unpacked" || fail "the image holds the path of the folder"
! grep -rqF "$(dirname "$GADGETCTL")" "$work/unpacked" || fail "the image holds the path of the installation"

# The time of creation is the one that is asked for.
SOURCE_DATE_EPOCH=1700000000 "$GADGETCTL" build -t my_gadget:v1 -o "$work/dated" "$work/one" >/dev/null
grep -rqF '2023-11-14T22:13:20Z' "$work/dated" || fail "SOURCE_DATE_EPOCH is not honoured"
