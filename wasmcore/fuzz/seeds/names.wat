(module $odd (func $with_name (export "\u{1F600}") (param $p i32) (result i32) (local.get $p)) (export "" (func 0))
  (memory (export "memory") 0) (table (export "t") 0 funcref) (global (export "g") i64 (i64.const -1)))
