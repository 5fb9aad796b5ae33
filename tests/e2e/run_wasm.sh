#!/bin/bash
# Modules of gadgets as a user meets them: output modes and parameters, traps and fuel, profiles, permissions, Ctrl-C, gadgets
# that are nothing but a module, modules that cannot run, and a run that is recorded and replayed.
. "$(dirname "$0")/../lib.sh"
need_root
chmod 755 "$work"
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"; }

# edit FILE TEXT NEW: replaces a text that must be there.
edit() {
  grep -qF -- "$2" "$1" || fail "$1 has no text $2"
  perl -0777 -pi -e 'BEGIN { $old = shift; $new = shift } s/\Q$old\E/$new/' "$2" "$3" "$1"
}
# only NAME: a gadget that is nothing but the module on stdin; its image is NAME:v1.
only() {
  mkdir "$work/$1"
  printf 'name: %s\ndescription: nothing but a module\n' "$1" >"$work/$1/gadget.yaml"
  echo 'wasm: program.cpp' >"$work/$1/build.yaml"
  { echo '#include <gadget/gadget.hpp>'; echo 'GADGET_MODULE();'; cat; } >"$work/$1/program.cpp"
}
build() { "$GADGETCTL" build -t "$1:v1" "$work/$1" >"$work/out" 2>"$work/err" || fail "build of $1"; }

# ---- A gadget with a mode of its own and a parameter, live ----
"$GADGETCTL" init --wasm modes --dir "$work/modes" >/dev/null
edit "$work/modes/program.cpp" '// Sees each event' 'void write_lines(const gadget::Output& output) {
  gadget::FixedString<kPathSize> text;
  if (output.is_end) return gadget::print("end\n");
  gadget::print("<", name.get(output.event(), text), ">\n");
}

// Sees each event'
edit "$work/modes/program.cpp" '  name.set(event, program);' '  if (program == "false") __builtin_trap();
  name.set(event, program);'
edit "$work/modes/program.cpp" '  return exec.subscribe' '  if (!exec.output_mode("lines", write_lines)) return 1;
  return exec.subscribe'
build modes

start_gadget modes:v1 -o lines --ignore true --uid 65534
nobody env true
nobody env id >/dev/null
stop_gadget
[ "$(grep -c . "$work/out")" -ge 2 ] && [ "$(tail -1 "$work/out")" = end ] || fail "-o lines: no end"
expect_stdout '^<id>$'
! grep -q '<true>' "$work/out" || fail "--ignore true shows it"
expect_stderr 'events produced, [0-9]+ delivered, [1-9][0-9]* filtered, 0 lost'
expect_stderr 'module: [1-9][0-9]* calls, [1-9][0-9]* instructions, [1-9][0-9]* KiB of memory, 0 traps'
expect_status 2 "$GADGETCTL" run modes:v1 -o line
expect_stderr 'output mode "line": unknown; did you mean lines\?'

# ---- Traps ----
for name in /usr/bin/id /usr/bin/false /usr/bin/env; do
  printf '{"fields": {"proc": {"pid": 7}, "file": "%s"}}\n' "$name"
done >"$work/three.jsonl"
replay() { nobody "$GADGETCTL" run "$work/modes" --replay "$work/three.jsonl" -o json --fields file,name "$@"; }
expect_status 1 replay
expect_stderr 'error: module of gadget modes: dataSourceCallback trapped: unreachable, in function [0-9]+ \(.*on_exec.*\) at 0x[0-9a-f]+; --wasm-on-trap pass'
expect_stderr '3 events produced, [01] delivered, 0 filtered, [23] lost .*module [23]'
expect_stderr 'module: 2 calls, .* 1 traps'
expect_status 0 replay --wasm-on-trap pass
[ "$(jq -s -c 'map(.name)' "$work/out")" = '["id","",""]' ] || fail "pass: $(cat "$work/out")"
expect_stderr 'warning: module of gadget modes: .*it is switched off'
expect_stderr '1 traps, 2 events passed without it'
printf 'wasm:\n  on-trap: pass\n' >>"$work/modes/gadget.yaml"
expect_status 0 replay
expect_status 1 replay --wasm-on-trap fail
expect_status 2 replay --wasm-on-trap shrug
expect_stderr 'use fail or pass'
# Live: a trap ends the run by itself.
start_gadget modes:v1 -o json --uid 65534
nobody env false || true
status=0
timeout 30 tail --pid="$gadget_pid" -f /dev/null || fail "the run did not end after a trap"
wait "$gadget_pid" || status=$?
gadget_pid=
[ "$status" = 1 ] || fail "a trap gave status $status"
expect_stderr 'dataSourceCallback trapped: unreachable'

# ---- Fuel, profile ----
expect_status 1 replay --wasm-on-trap fail --wasm-fuel 100
expect_stderr 'trapped: out of fuel, .*: more than 100 instructions'
expect_status 2 replay --wasm-fuel much
sed -i '/__builtin_trap/d' "$work/modes/program.cpp"
seq 20000 | sed 's|.*|{"fields": {"proc": {"pid": 1}, "file": "/usr/bin/tool&"}}|' >"$work/many.jsonl"
expect_status 0 "$GADGETCTL" run "$work/modes" --replay "$work/many.jsonl" -o none --wasm-profile "$work/folded"
grep -qE '^dataSourceCallback;.*on_exec.* [0-9]+$' "$work/folded" || fail "the profile: $(cat "$work/folded")"
! grep -qvE '^[^ ]+ [0-9]+$' "$work/folded" || fail "no folded stacks: $(cat "$work/folded")"
expect_status 1 "$GADGETCTL" run "$work/modes" --replay "$work/three.jsonl" -o none --wasm-profile "$work/no/such"
expect_stderr 'No such file or directory'

# ---- Nothing but a module: a timer, and a data source of its own; without privileges ----
only ticks <<'E2'
static gadget::Source ticks;
static gadget::Field<uint32_t> number;
static uint32_t count;
static void on_tick() {
  gadget::Event event = ticks.new_event();
  number.set(event, ++count);
  ticks.emit(event);
  if (count == 3) gadget::log_warning("three");
}
GADGET_INIT {
  ticks = gadget::new_source("ticks", gadget::SourceType::kSingle);
  number = ticks.add_field<uint32_t>("number");
  return gadget::Timer::every(10'000'000, on_tick) ? 0 : 1;
}
E2
build ticks
env --default-signal=INT setpriv --reuid 65534 --regid 65534 --clear-groups "$GADGETCTL" run "$work/ticks" -o json >"$work/out" 2>"$work/err" &
gadget_pid=$!
for i in $(seq 300); do
  grep -q three "$work/err" && break
  kill -0 "$gadget_pid" 2>/dev/null || fail "the timer's run ended"
  sleep 0.1
done
stop_gadget
[ "$(head -3 "$work/out" | jq -s -c 'map(.number)')" = '[1,2,3]' ] || fail "ticks: $(head -3 "$work/out")"

# ---- Permissions ----
mkdir -p "$work/allowed/part"
echo secret >"$work/allowed/part/file"
only reader <<E2
GADGET_INIT {
  auto file = gadget::File::open("$work/allowed/part/file", gadget::kRead);
  if (!file) return gadget::fail("code ", file.status.code());
  uint8_t bytes[16];
  auto size = file->read(bytes);
  gadget::log_warning("it says ", gadget::Text(reinterpret_cast<char*>(bytes), size.value_or(0)));
  return 0;
}
E2
printf 'wasm:\n  permissions:\n    read: ["%s"]\n' "$work/allowed" >>"$work/reader/gadget.yaml"
build reader
read_it() { timeout 20 "$GADGETCTL" run reader:v1 -t 100ms "$@" </dev/null; }
expect_status 1 read_it
expect_stderr 'the module of gadget reader may not read .*/allowed: --allow-read grants it'
expect_stderr 'gadgetInit failed: code 4'
expect_status 0 read_it --allow-read
expect_stderr 'reader: it says secret'
expect_status 0 read_it --allow-read "$work/allowed/part"
expect_stderr 'it says secret'
expect_status 1 read_it --allow-read "$work/allowed/other"
expect_stderr 'code 4'
expect_status 0 read_it --allow-read / # of that, what was asked for
expect_status 1 read_it --allow-write
expect_status 2 read_it --allow-net not_an_address
# At a terminal a person is asked.
cat >"$work/ask.py" <<'E2'
import os, pty, sys
answer = sys.argv[1].encode() + b"\n"
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, answered = b"", False
try:
    while data := os.read(fd, 4096):
        seen += data
        if b"[y/N]" in seen and not answered:
            answered = True
            os.write(fd, answer)
except OSError:
    pass
print(seen.decode().replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if answered else 99)
E2
ask() { timeout 30 python3 "$work/ask.py" "$1" "$GADGETCTL" run reader:v1 -t 100ms; }
if command -v python3 >/dev/null; then
  expect_status 0 ask y
  expect_stdout 'The module of gadget reader wants to read .*/allowed\. Allow\? \[y/N\]'
  expect_stdout 'it says secret'
  for answer in n '' 'sure?'; do
    expect_status 1 ask "$answer"
    expect_stdout 'code 4'
  done
else
  echo "skipped: questions at a terminal: there is no python3"
fi

# ---- Ctrl-C while gadgetInit does not end ----
only endless <<'E2'
GADGET_INIT {
  gadget::log_warning("begun");
  for (volatile uint32_t i = 0;; i++) {}
}
E2
build endless
env --default-signal=INT "$GADGETCTL" run endless:v1 >"$work/out" 2>"$work/err" &
gadget_pid=$!
for i in $(seq 300); do
  grep -q begun "$work/err" && break
  sleep 0.1
done
before=$(date +%s)
kill -INT "$gadget_pid"
status=0
wait "$gadget_pid" || status=$?
gadget_pid=
[ "$status" != 0 ] && [ $(($(date +%s) - before)) -lt 10 ] || fail "Ctrl-C in gadgetInit: status $status"

# ---- Modules that cannot run ----
only broken <<<'GADGET_INIT { return 0; }'
build broken
digest=$("$GADGETCTL" image inspect broken:v1 | jq -r '.manifests[0].layers[] | select(.mediaType | contains("wasm")) | .digest')
cp "$GADGETRY_STORE/blobs/sha256/${digest#sha256:}" "$work/broken/ready.wasm"
echo 'wasm: ready.wasm' >"$work/broken/build.yaml"
expect_status 0 timeout 20 "$GADGETCTL" run "$work/broken" -t 100ms
truncate -s -20 "$work/broken/ready.wasm"
expect_status 1 timeout 20 "$GADGETCTL" run "$work/broken" -t 100ms
expect_stderr 'ready.wasm'
printf 'no module at all' >"$work/broken/ready.wasm"
expect_status 1 timeout 20 "$GADGETCTL" run "$work/broken" -t 100ms
expect_stderr 'it is no Wasm module'
only newer </dev/null
echo 'extern "C" __attribute__((export_name("gadgetAPIVersion"))) long long v() { return 2; }' >"$work/newer/program.cpp"
expect_status 1 timeout 20 "$GADGETCTL" run "$work/newer" -t 100ms
expect_stderr 'version 2'

# ---- Recorded and replayed: the same bytes ----
start_gadget trace_exec -o json --ignore-failed=false --record "$work/run.rec"
env true 'a b' ''
perl -e 'exec {"/nowhere/prog"} "prog", "-x"' 2>/dev/null || true
stop_gadget
cp "$work/out" "$work/live"
expect_event '.argv == ["true", "a b", ""]'
chmod 644 "$work/run.rec"
expect_status 0 nobody "$GADGETCTL" run trace_exec --replay "$work/run.rec" -o json
cmp "$work/live" "$work/out" || fail "the replay differs"
