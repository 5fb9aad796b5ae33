#!/bin/bash
# gadgetctl doctor and gadgetctl probe: what they say fits what happens.
. "$(dirname "$0")/../lib.sh"
need_root

status=0
"$GADGETCTL" doctor -o json >"$work/out" 2>"$work/err" || status=$?
jq -e '.kernel.release == $r' --arg r "$(uname -r)" "$work/out" >/dev/null || fail "the kernel's release"
for section in capabilities security mounts btf programs maps helpers features limits; do
  jq -e --arg s "$section" '.[$s] | length > 0 and all(.[]; .name != "" and (.status | IN("yes", "no", "unknown", "info")))' \
    "$work/out" >/dev/null || fail "section $section"
done
jq -e '(.ready and (.missing | length == 0)) or ((.ready | not) and (.missing | length > 0))' "$work/out" >/dev/null ||
  fail "ready and missing contradict each other"
if jq -e .ready "$work/out" >/dev/null; then expected=0; else expected=1; fi
[ "$status" = "$expected" ] || fail "status $status instead of $expected"
for program in tracepoint raw_tp socket xdp cgroup/connect4; do
  jq -e --arg p "$program" '.programs[] | select(.name == $p) | .status == "yes"' "$work/out" >/dev/null || fail "$program"
done
jq -e '[.helpers[] | select(.status == "yes")] | length > 150' "$work/out" >/dev/null || fail "helpers"
# What is not there says why or what to do.
jq -e '[.programs[], .maps[], .mounts[] | select(.status == "no" and (.detail // "") == "" and (.fix // "") == "")] | length == 0' \
  "$work/out" >/dev/null || fail "something is missing without a reason"
cp "$work/out" "$work/doctor.json"

# For people: no colours in a file, and every section.
"$GADGETCTL" doctor >"$work/out" 2>"$work/err" || true
for title in Capabilities "File systems" Programs "Map types" Helpers; do grep -q "^$title" "$work/out" || fail "no section $title"; done
! grep -q $'\033' "$work/out" || fail "colours in a file"
expect_status 2 "$GADGETCTL" doctor -o yaml

# Without privileges it says what it could not ask.
if [ -x "$(command -v setpriv)" ] && cp "$GADGETCTL" "$work/gadgetctl" 2>/dev/null && chmod 755 "$work" "$work/gadgetctl"; then
  expect_status 1 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all "$work/gadgetctl" doctor -o json
  jq -e '.missing | index("capabilities: CAP_BPF")' "$work/out" >/dev/null || fail "CAP_BPF is not said to be missing"
  jq -e '.programs[] | select(.name == "xdp") | .status == "unknown"' "$work/out" >/dev/null || fail "xdp is judged without privileges"
fi

# probe: what doctor says of kprobes and what probe says of a gadget that needs one are the same.
expect_status 0 "$GADGETCTL" probe trace_open
grep -q '^It runs here' "$work/out" || fail "trace_open"
expect_status 0 "$GADGETCTL" probe --load -o json trace_exec
jq -e '.runs and (.checks.load[0].status == "yes") and (.checks.programs | all(.section != ""))' "$work/out" >/dev/null ||
  fail "trace_exec"
expect_status 1 "$GADGETCTL" probe no_such_gadget
expect_status 2 "$GADGETCTL" probe

# A program with a target that no kernel has does not run; when it is optional, it does.
if [ -x "$(command -v clang-19)" ] || [ -x "$(command -v clang)" ]; then
  mkdir "$work/bad"
  cat >"$work/bad/program.bpf.c" <<'END'
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
SEC("tracepoint/syscalls/sys_enter_openat")
int good(void *ctx) { return 0; }
SEC("tracepoint/syscalls/sys_enter_no_such_call")
int bad(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
END
  printf 'name: bad\n' >"$work/bad/gadget.yaml"
  expect_status 1 "$GADGETCTL" probe -o json "$work/bad"
  jq -e '.missing == ["programs: bad"]' "$work/out" >/dev/null || fail "a target that is not there"
  jq -e '.checks.programs[] | select(.name == "bad") | .detail | test("no tracepoint")' "$work/out" >/dev/null || fail "no reason"
  printf 'name: bad\nprograms:\n  bad:\n    optional: true\n' >"$work/bad/gadget.yaml"
  expect_status 0 "$GADGETCTL" probe "$work/bad"
  printf 'name: bad\nannotations:\n  min-kernel-version: "99.1"\nprograms:\n  bad:\n    optional: true\n' >"$work/bad/gadget.yaml"
  expect_status 1 "$GADGETCTL" probe "$work/bad"
  grep -q 'boot Linux 99.1' "$work/out" || fail "the minimum version of the kernel"
fi
printf 'no ELF file' >"$work/broken.o"
expect_status 1 "$GADGETCTL" probe "$work/broken.o"
