;; SPDX-License-Identifier: Apache-2.0
;; A program: writes its second argument and a newline to stdout, then exits with 42. Without one it traps.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $length (param $at i32) (result i32) (local $n i32)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (i32.load8_u (i32.add (local.get $at) (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))
  (func (export "_start") (local $text i32)
    (if (call $args_sizes_get (i32.const 0) (i32.const 4)) (then (unreachable)))
    (if (i32.lt_u (i32.load (i32.const 0)) (i32.const 2)) (then (unreachable)))
    (if (call $args_get (i32.const 64) (i32.const 1024)) (then (unreachable)))
    (local.set $text (i32.load (i32.const 68)))
    ;; two buffers: the argument, a newline
    (i32.store8 (i32.const 32) (i32.const 10))
    (i32.store (i32.const 8) (local.get $text))
    (i32.store (i32.const 12) (call $length (local.get $text)))
    (i32.store (i32.const 16) (i32.const 32))
    (i32.store (i32.const 20) (i32.const 1))
    (if (call $fd_write (i32.const 1) (i32.const 8) (i32.const 2) (i32.const 40)) (then (unreachable)))
    (call $proc_exit (i32.const 42))
    (unreachable)))
