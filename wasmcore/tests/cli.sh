#!/bin/bash
# wasmcore-cli: each subcommand, wrong input, traps, exit statuses, Ctrl-C and the time limit.
#
#   WASMCORE_CLI   the program under test
#
# Needs wat2wasm and wast2json (wabt).
: "${WASMCORE_CLI:?the program under test}"
GADGETCTL=$WASMCORE_CLI
. "$(dirname "$0")/../../tests/lib.sh"
cli=$WASMCORE_CLI
for tool in wat2wasm wast2json jq; do
  command -v $tool >/dev/null || skip "$tool is not installed"
done
here=$(cd "$(dirname "$0")" && pwd)
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

# module NAME <<text: $work/NAME.wasm with names for debugging
module() { cat >"$work/$1.wat" && wat2wasm --debug-names "$work/$1.wat" -o "$work/$1.wasm"; }

module math <<'WAT'
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "id64") (param i64) (result i64) (local.get 0))
  (func (export "id32f") (param f32) (result f32) (local.get 0))
  (func (export "id64f") (param f64) (result f64) (local.get 0))
  (func (export "id128") (param v128) (result v128) (local.get 0))
  (func (export "null") (param externref) (result externref) (local.get 0))
  (func (export "two") (result i32 f64) (i32.const -1) (f64.const 0.1))
  (func $divide (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $middle (param i32 i32) (result i32) (call $divide (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (call $middle (local.get 0) (local.get 1)))
  (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1)))
  (func (export "spin") (loop $again (br $again)))
  (func (export "nothing")))
WAT

# --- help, version, usage
expect_status 0 "$cli" --version
expect_stdout '^wasmcore-cli [0-9.]+, engine '
expect_status 0 "$cli" --help
expect_stdout '^  inspect '
for command in run validate inspect spec; do
  expect_status 0 "$cli" $command --help
  expect_stdout "^Usage: wasmcore-cli $command "
  expect_status 2 "$cli" $command
  expect_status 2 "$cli" $command --no-such-flag "$work/math.wasm"
  expect_stderr 'unknown flag "--no-such-flag"'
done
expect_status 2 "$cli"
expect_status 2 "$cli" rum
expect_stderr 'did you mean run\?'
expect_status 2 "$cli" run --fuel
expect_status 2 "$cli" run --fuel 0 "$work/math.wasm"
expect_status 2 "$cli" run --fuel 12x "$work/math.wasm"
expect_status 2 "$cli" run --memory-pages 4294967296 "$work/math.wasm"
expect_status 2 "$cli" run --timeout soon "$work/math.wasm"
expect_status 2 "$cli" run --env NOTHING "$work/math.wasm"
expect_status 2 "$cli" run --deny ints "$work/math.wasm"
expect_status 2 "$cli" run --stats=yes "$work/math.wasm"
expect_status 2 "$cli" run --fule=3 "$work/math.wasm"
expect_stderr 'did you mean --fuel\?'

# --- run --invoke: values of every type
invoke() { expect_status 0 "$cli" run "$work/math.wasm" --invoke "$@"; }
result() { [ "$(cat "$work/out")" = "$1" ] || fail "result is $(cat "$work/out") instead of $1"; }
invoke add 40 2
result i32:42
invoke add -1 -2
result i32:-3
invoke add 0xffffffff -0x1
result i32:-2
invoke add 4294967295 0
result i32:-1
invoke id64 -9223372036854775808
result i64:-9223372036854775808
invoke id64 0xffffffffffffffff
result i64:-1
invoke id32f 0.1
result f32:0.1
invoke id32f -0x1.8p-1
result f32:-0.75
invoke id64f 1e300
result f64:1e+300
invoke id64f -inf
result f64:-inf
invoke id64f nan:0x123
result f64:nan:0x123
invoke id32f -nan
result f32:-nan:0x400000
invoke id128 0x000102030405060708090a0b0c0d0e0f
result v128:0x000102030405060708090a0b0c0d0e0f
invoke null null
result externref:null
invoke two
result "i32:-1
f64:0.1"
invoke nothing
result ""
for bad in 4294967296 -2147483649 0x 1.5 x ""; do
  expect_status 2 "$cli" run "$work/math.wasm" --invoke add -- "$bad" 0
  expect_stderr 'i32 ".*": not such a value'
done
expect_status 2 "$cli" run "$work/math.wasm" --invoke id64f 1.5x
expect_status 2 "$cli" run "$work/math.wasm" --invoke id32f nan:0x800000
expect_status 2 "$cli" run "$work/math.wasm" --invoke id128 0x1
expect_status 2 "$cli" run "$work/math.wasm" --invoke null 5
expect_status 2 "$cli" run "$work/math.wasm" --invoke add 1
expect_stderr 'takes 2 arguments, not 1; its type is \(i32 i32\) -> \(i32\)'
expect_status 1 "$cli" run "$work/math.wasm" --invoke ad
expect_stderr 'no function "ad"; it exports add, id64'
expect_status 1 "$cli" run "$work/math.wasm"
expect_stderr 'no function "_start"; name a function with --invoke'

# --- traps
expect_status 1 "$cli" run "$work/math.wasm" --invoke divide 1 0
expect_stderr 'run .*math.wasm: trap: integer divide by zero, in function 7 \(divide\) at 0x[0-9a-f]+'
expect_stderr '^  #0 function 7 \(divide\) at 0x'
expect_stderr '^  #1 function 8 \(middle\) at 0x'
expect_stderr '^  #2 function 9'
expect_status 1 "$cli" run "$work/math.wasm" --invoke divide -2147483648 -1
expect_stderr 'trap: integer overflow'
expect_status 1 "$cli" run "$work/math.wasm" --invoke deep
expect_stderr 'trap: call stack exhausted'
expect_status 1 "$cli" run "$work/math.wasm" --call-depth 10 --invoke deep --stats
expect_stderr 'peak depth +10 calls'
expect_status 1 "$cli" run "$work/math.wasm" --stack-slots 100 --invoke deep
expect_status 1 "$cli" run --fuel 1000 "$work/math.wasm" --invoke spin
expect_stderr 'out of fuel.*--fuel'
expect_status 1 "$cli" run --timeout 0.2 "$work/math.wasm" --invoke spin
expect_stderr 'trap: interrupted.*longer than --timeout'

# --- comparisons with constants too large to stand in an instruction, each before a branch
module constants <<'WAT'
(module
  (func (export "eq") (param i64) (result i32)
    (if (result i32) (i64.eq (local.get 0) (i64.const 0x123456789abc)) (then (i32.const 1)) (else (i32.const 0))))
  (func (export "lt") (param i64) (result i32)
    (block (br_if 0 (i64.lt_s (local.get 0) (i64.const 0x123456789abc))) (return (i32.const 0))) (i32.const 1))
  (func (export "ge") (param i64) (result i32)
    (if (result i32) (i64.ge_u (local.get 0) (i64.const 0x123456789abc)) (then (i32.const 1)) (else (i32.const 0)))))
WAT
for case in 'eq 0 0' 'eq 0x123456789abc 1' 'lt 0 1' 'lt 0x123456789abc 0' 'ge 0 0' 'ge 0x123456789abc 1'; do
  read -r function value want <<<"$case"
  expect_status 0 "$cli" run "$work/constants.wasm" --fuel 1000 --invoke "$function" "$value"
  result "i32:$want"
done

# --- a program: arguments, status, output
wat2wasm "$here/wasi/command.wat" -o "$work/command.wasm"
expect_status 42 "$cli" run "$work/command.wasm" hello --stats
expect_stdout '^hello$'
for line in 'fuel used +[1-9]' 'peak stack +[1-9]' 'peak depth +[1-9]' 'memory +1 pages' 'module +[1-9]' 'instance +[1-9]' \
  'load +[0-9.]+ ms' 'instantiate +[0-9.]+ ms' 'run +[0-9.]+ ms'; do
  expect_stderr "^$line"
done
expect_status 42 "$cli" run "$work/command.wasm" -- --fuel
expect_stdout '^--fuel$'
expect_status 1 "$cli" run "$work/command.wasm"
expect_stderr 'trap: unreachable, in function .* at 0x'
{ "$cli" run "$work/command.wasm" hello 2>"$work/err" || [ $? = 1 ]; } | true # a closed pipe is an error of the guest

module reactor <<'WAT'
(module
  (global $ready (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
  (func (export "ready") (result i32) (global.get $ready)))
WAT
expect_status 0 "$cli" run "$work/reactor.wasm" --invoke ready
result i32:1
expect_status 0 "$cli" run "$work/reactor.wasm"

module exits <<'WAT'
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (call $exit (i32.const 256)))
  (func (export "with") (param i32) (call $exit (local.get 0)) (unreachable)))
WAT
expect_status 1 "$cli" run "$work/exits.wasm"
expect_status 7 "$cli" run "$work/exits.wasm" --invoke with 7
expect_status 0 "$cli" run "$work/exits.wasm" --invoke with 0

# --- files of the host
module files <<'WAT'
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "made")
  (func (export "create") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 64)))
  (func (export "read") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64))))
WAT
mkdir "$work/host"
expect_status 0 "$cli" run "$work/files.wasm" --invoke read
result i32:8 # no descriptor
expect_status 0 "$cli" run "$work/files.wasm" --dir-ro "$work/host::/" --invoke create
result i32:69 # EROFS
[ ! -e "$work/host/made" ] || fail "a file was made in a read-only directory"
expect_status 0 "$cli" run "$work/files.wasm" --dir "$work/host" --invoke create
result i32:0
[ -e "$work/host/made" ] || fail "no file was made"
expect_status 0 "$cli" run "$work/files.wasm" --dir-ro="$work/host::/" --invoke read
result i32:0
expect_status 1 "$cli" run "$work/files.wasm" --dir "$work/nothing" --invoke read
expect_stderr 'nothing: No such file or directory'
expect_status 2 "$cli" run "$work/files.wasm" --dir ::x --invoke read

# --- what does not link, is not valid, is not there
module imports <<'WAT'
(module
  (import "env" "first" (func (param i32) (result i64)))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "env" "mem" (memory 1))
  (func (export "_start")))
WAT
expect_status 1 "$cli" run "$work/imports.wasm"
expect_stderr 'imports that nothing satisfies: env.first \(function \(i32\) -> \(i64\)\), env.mem \(memory\)'
module wrong_type <<'WAT'
(module (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))) (func (export "_start")))
WAT
expect_status 1 "$cli" run "$work/wrong_type.wasm"
expect_stderr 'fd_close'
module start <<'WAT'
(module (func $go (loop $again (br $again))) (start $go) (func (export "_start")))
WAT
expect_status 1 "$cli" run "$work/start.wasm" --timeout 100ms
expect_stderr 'interrupted'
module segment <<'WAT'
(module (memory 1) (data (i32.const 65536) "x") (func (export "_start")))
WAT
expect_status 1 "$cli" run "$work/segment.wasm"
expect_stderr 'out of bounds memory access'
expect_status 1 "$cli" run "$work/nothing.wasm"
expect_stderr 'nothing.wasm: No such file'
expect_status 1 "$cli" run "$work"
expect_status 1 "$cli" run --deny floats "$work/math.wasm" --invoke add 1 2
expect_status 1 "$cli" run --deny simd "$work/math.wasm" --invoke add 1 2

# --- validate
printf '\0asm\1\0\0\0' >"$work/smallest.wasm"
: >"$work/empty.wasm"
echo 'no module' >"$work/text.wasm"
cat >"$work/invalid.wat" <<<'(module (func (result i32) (i64.const 0)))'
wat2wasm --no-check "$work/invalid.wat" -o "$work/invalid.wasm"
expect_status 0 "$cli" validate "$work/math.wasm" "$work/smallest.wasm"
[ "$(grep -c ': valid$' "$work/out")" = 2 ] || fail "not both valid"
expect_status 1 "$cli" validate "$work/empty.wasm" "$work/text.wasm" "$work/invalid.wasm" "$work/gone.wasm" "$work/math.wasm"
expect_stdout 'empty.wasm: malformed: '
expect_stdout 'text.wasm: malformed: '
expect_stdout 'invalid.wasm: invalid: .* \(function 0 at 0x[0-9a-f]+\)$'
expect_stdout 'gone.wasm: unreadable: No such file'
expect_stdout 'math.wasm: valid$'
expect_status 1 "$cli" validate --deny simd "$work/math.wasm"
size=$(stat -c %s "$work/math.wasm")
for ((cut = 1; cut < size; cut++)); do
  head -c $cut "$work/math.wasm" >"$work/cut.wasm"
  status=0
  "$cli" validate "$work/cut.wasm" >"$work/out" 2>"$work/err" || status=$?
  [ $status -le 1 ] || fail "the first $cut bytes: status $status"
done

# --- inspect
expect_status 0 "$cli" inspect "$work/math.wasm"
expect_stdout '^functions +13, 0 of them imported$'
expect_stdout '^  add  function 0  \(i32 i32\) -> \(i32\)$'
expect_stdout '^  custom name  [0-9]+ bytes$'
expect_stdout '^uses +floats simd$'
expect_status 0 "$cli" inspect --json "$work/imports.wasm"
jq -e '.imports[0].signature == "(i32) -> (i64)" and .imports[2].kind == "memory" and .imports[2].min == 1
  and .exports == [{name: "_start", kind: "function", index: 2, signature: "() -> ()"}]
  and ([.sections[].name] | index("code")) != null and .functions == 3' "$work/out" >/dev/null || fail "inspect --json"
expect_status 0 "$cli" inspect --json "$work/math.wasm"
jq -e '[.function_list[] | select(.name) | .name] == ["divide", "middle", "deep"] and .function_list[7].name == "divide"' \
  "$work/out" >/dev/null || fail "names of functions: $(jq -c '[.function_list[].name]' "$work/out")"
expect_status 1 "$cli" inspect "$work/invalid.wasm"
expect_stderr 'inspect .*invalid.wasm: invalid: '
expect_status 1 "$cli" inspect "$work/gone.wasm"
expect_status 2 "$cli" inspect "$work/math.wasm" "$work/math.wasm"

# --- spec
cat >"$work/good.wast" <<'WAST'
(module $m
  (import "spectest" "print_i32" (func $print (param i32)))
  (import "spectest" "global_f64" (global $f f64))
  (import "spectest" "memory" (memory 1 2))
  (import "spectest" "table" (table 10 20 funcref))
  (global (export "g") i64 (i64.const 5))
  (func (export "six") (result i32) (call $print (i32.const 6)) (i32.const 6))
  (func (export "f") (result f64) (global.get $f))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "vector") (param v128) (result v128) (f32x4.add (local.get 0) (local.get 0)))
  (func (export "ref") (param externref) (result externref) (local.get 0))
  (func (export "self") (result funcref) (ref.func 1))
  (func (export "trap") (unreachable))
  (func $deep (export "deep") (call $deep)))
(assert_return (invoke "six") (i32.const 6))
(assert_return (get "g") (i64.const 5))
(assert_return (invoke "f") (f64.const 666.6))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "vector" (v128.const f32x4 1 2 nan 4)) (v128.const f32x4 2 4 nan:arithmetic 8))
(assert_return (invoke "ref" (ref.extern 3)) (ref.extern 3))
(assert_return (invoke "ref" (ref.null extern)) (ref.null extern))
(assert_return (invoke "self") (ref.func))
(assert_trap (invoke "trap") "unreachable")
(assert_exhaustion (invoke "deep") "call stack exhausted")
(invoke $m "six")
(register "m" $m)
(module (import "m" "six" (func (result i32))) (export "again" (func 0)))
(assert_return (invoke "again") (i32.const 6))
(assert_return (invoke $m "six") (i32.const 6))
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module quote "(modul)") "unexpected token")
(assert_unlinkable (module (import "m" "nothing" (func))) "unknown import")
(assert_unlinkable (module (import "m" "six" (func))) "incompatible import type")
(assert_trap (module (func $f (unreachable)) (start $f)) "unreachable")
WAST
expect_status 0 "$cli" spec "$work/good.wast"
expect_stdout '^ok   .*good.wast: 21 passed, 0 failed, 1 skipped$'
expect_stdout '^assert_return 10 passed 0 failed$'
expect_stdout '^skipped: 1 text, checked by wast2json$'
expect_stdout '^21 passed, 0 failed, 1 skipped$'
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"

# A script whose every assertion is wrong must fail in every one.
cat >"$work/bad.wast" <<'WAST'
(module
  (func (export "six") (result i32) (i32.const 6))
  (func (export "nan") (result f64) (f64.const nan:0x1))
  (func (export "vector") (result v128) (v128.const i32x4 1 2 3 4))
  (func (export "trap") (unreachable)))
(assert_return (invoke "six") (i32.const 7))
(assert_return (invoke "nan") (f64.const nan:canonical))
(assert_return (invoke "vector") (v128.const i32x4 1 2 3 5))
(assert_return (invoke "trap"))
(assert_trap (invoke "six") "unreachable")
(assert_trap (invoke "trap") "integer overflow")
(assert_unlinkable (module (func)) "unknown import")
WAST
expect_status 1 "$cli" spec "$work/bad.wast"
expect_stdout '^FAIL .*bad.wast: 1 passed, 7 failed, 0 skipped$'
expect_stdout 'bad.wast:6: assert_return: result 0: expected i32:"7", got i32:6'
expect_stdout 'bad.wast:11: assert_trap: expected trap: integer overflow, got: unreachable'
for ((i = 0; i < 12; i++)); do echo '(assert_return (invoke "six") (i32.const 8))'; done >>"$work/bad.wast"
expect_status 1 "$cli" spec "$work/bad.wast"
expect_stdout 'and 9 more; --verbose'
expect_status 1 "$cli" spec --verbose "$work/bad.wast"
[ "$(grep -c 'bad.wast:[0-9]*:' "$work/out")" = 19 ] || fail "--verbose does not show all"

mkdir "$work/suite"
wast2json "$work/good.wast" -o "$work/suite/good.json"
cp "$work/good.wast" "$work/suite/again.wast"
expect_status 0 "$cli" spec --dir "$work/suite"
expect_stdout '^42 passed, 0 failed, 2 skipped$'
echo '(module (func (export "spin") (loop $l (br $l)))) (invoke "spin")' >"$work/spin.wast"
expect_status 1 "$cli" spec --fuel 10000 "$work/spin.wast"
expect_stdout 'trap: out of fuel'
echo '(module' >"$work/broken.wast"
expect_status 1 "$cli" spec "$work/broken.wast" "$work/good.wast"
expect_stderr 'wast2json ended with status'
expect_stdout '^1 files could not be run$'
expect_status 1 "$cli" spec "$work/gone.wast"
expect_stderr 'gone.wast: No such file'
for text in '{}' '[1]' 'x' '{"commands": 3}' '{"commands": [{"type": "module", "filename": "gone.wasm"}]}'; do
  echo "$text" >"$work/odd.json"
  expect_status 1 "$cli" spec "$work/odd.json"
done
echo '{"commands": [{"type": 3}, {"type": "assert_return"}, {"line": 1}]}' >"$work/odd.json"
expect_status 1 "$cli" spec "$work/odd.json"
expect_stdout '0 passed, 3 failed'
expect_status 1 "$cli" spec --dir "$work/host"
mkdir "$work/empty_path"
PATH=$work/empty_path expect_status 1 "$(realpath "$cli")" spec "$work/good.wast"
expect_stderr 'cannot run wast2json: No such file or directory; install wabt'
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"

# --- Ctrl-C: a guest that computes, and one that waits
module waits <<'WAT'
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\10\00\00\00")
  (func (export "_start") (loop $again (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))) (br $again))))
WAT
mkfifo "$work/fifo"
exec 9<>"$work/fifo"
interrupted() { # arguments of run
  env --default-signal=INT "$cli" run "$@" >"$work/out" 2>"$work/err" <"$work/fifo" &
  gadget_pid=$!
  sleep 0.3
  local status=0
  kill -INT "$gadget_pid"
  wait "$gadget_pid" || status=$?
  gadget_pid=
  [ $status = 1 ] || fail "run $*: status $status after SIGINT"
  expect_stderr 'trap: interrupted'
}
interrupted "$work/math.wasm" --invoke spin
interrupted "$work/waits.wasm"
expect_status 1 "$cli" run --timeout 200ms "$work/waits.wasm" <"$work/fifo"
expect_stderr 'trap: interrupted.*longer than --timeout'
