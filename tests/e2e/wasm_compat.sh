#!/bin/bash
# What modules in use expect of version 1 in a whole run: callbacks that gadgetStart asks for, keys of setConfig that this
# program does not know, events from gadgetStop, and data sources without fields.
. "$(dirname "$0")/../lib.sh"
command -v wat2wasm >/dev/null || skip "needs wat2wasm (Debian: wabt)"

mkdir "$work/gadget"
cat >"$work/gadget/program.wat" <<'WAT'
(module
  (import "ig" "newDataSource" (func $new (param i64 i32) (result i32)))
  (import "ig" "dataSourceAddField" (func $add (param i32 i64 i32) (result i32)))
  (import "ig" "dataSourceSubscribe" (func $subscribe (param i32 i32 i32 i64) (result i32)))
  (import "ig" "dataSourceNewPacketSingle" (func $packet (param i32) (result i32)))
  (import "ig" "dataSourceEmitAndRelease" (func $emit (param i32 i32) (result i32)))
  (import "ig" "fieldSet" (func $set (param i32 i32 i32 i64) (result i32)))
  (import "ig" "setConfig" (func $config (param i64 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "counts")
  (data (i32.const 16) "number")
  (data (i32.const 32) "some.other.key")
  (data (i32.const 48) "empty")
  (global $source (mut i32) (i32.const 0))
  (global $number (mut i32) (i32.const 0))
  (func (export "gadgetAPIVersion") (result i64) (i64.const 1))
  (func (export "gadgetInit") (result i32)
    (drop (call $new (i64.const 0x500000030) (i32.const 2)))
    (global.set $source (call $new (i64.const 0x600000000) (i32.const 1)))
    (global.set $number (call $add (global.get $source) (i64.const 0x600000010) (i32.const 8)))
    (i32.or
      (call $config (i64.const 0x400000020) (i64.const 0x400000020) (i32.const 12))
      (call $config (i64.const 0xe00000020) (i64.const 0x400000020) (i32.const 12))))
  (func (export "gadgetStart") (result i32)
    (call $subscribe (global.get $source) (i32.const 1) (i32.const 0) (i64.const 7)))
  (func (export "dataSourceCallback") (param i64 i32 i32)
    (drop (call $set (global.get $number) (local.get 2) (i32.const 8)
      (i64.mul (local.get 0) (i64.const 6)))))
  (func (export "gadgetStop") (result i32)
    (call $emit (global.get $source) (call $packet (global.get $source)))))
WAT
wat2wasm "$work/gadget/program.wat" -o "$work/gadget/program.wasm"
echo "wasm: program.wasm" >"$work/gadget/build.yaml"
echo "name: compat" >"$work/gadget/gadget.yaml"

expect_status 0 "$GADGETCTL" run "$work/gadget" --timeout 1 -o json
expect_event '.number == 42'
expect_status 0 "$GADGETCTL" run "$work/gadget" --timeout 1 -o columns
expect_stdout '^42 *$'
