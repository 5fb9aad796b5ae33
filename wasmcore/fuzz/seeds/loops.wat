(module
  (func (export "sum") (param i32) (result i32) (local i32 i32)
    (loop (local.set 2 (i32.add (local.get 2) (local.get 1)))
      (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
    (local.get 2))
  (func (export "fib") (param i64) (result i64)
    (if (result i64) (i64.lt_u (local.get 0) (i64.const 2)) (then (local.get 0))
      (else (i64.add (call 1 (i64.sub (local.get 0) (i64.const 1))) (call 1 (i64.sub (local.get 0) (i64.const 2))))))))
