;; Guest of engine_test.cpp: what engine_program.wat imports.
(module
  (memory (export "memory") 1 4)
  (table (export "table") 4 funcref)
  (global (export "total") (mut i64) (i64.const 0))
  (elem (i32.const 0) $seven)
  (func $seven (result i32) (i32.const 7))
  (func $inner (param i32) (result i32) (nop) (i32.div_u (i32.const 100) (local.get 0)))
  (func $divide (export "divide") (param i32) (result i32) (nop) (nop) (call $inner (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
  (func (export "wide") (result i32) (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (i32.const 5)))
