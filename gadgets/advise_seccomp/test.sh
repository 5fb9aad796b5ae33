#!/bin/bash
# Two mount namespaces with different calls: a profile for each of them, and one that allows what both need.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
unshare -m true 2>"$work/err" || skip "cannot make mount namespaces here"

start_gadget advise_seccomp --record "$work/run.rec"
# The second inside of the first, which else could be gone and its number used again.
unshare -m sh -c 'readlink /proc/self/ns/mnt >"$1/first"
  sync
  unshare -m sh -c "readlink /proc/self/ns/mnt >\"\$1/second\"; exec mkfifo \"\$1/fifo\"" - "$1"' - "$work"
stop_gadget
first=$(tr -dc 0-9 <"$work/first")
second=$(tr -dc 0-9 <"$work/second")
[ -n "$first" ] && [ -n "$second" ] && [ "$first" != "$second" ] || fail "the namespaces are $first and $second"

# The default is one profile of all. stop_gadget leaves it in $work/out.
is_profile='.defaultAction == $action and (.architectures | length > 0) and .syscalls[0].action == "SCMP_ACT_ALLOW"
  and (.syscalls[0].names | . == (. | unique) and all(test("^[a-z0-9_]+$")) and index("execve") and index("write"))'
check_profile() { jq -e --arg action "$1" "($is_profile) and ($2)" "$work/out" >/dev/null || fail "no profile with: $2"; }
check_profile SCMP_ACT_ERRNO '.syscalls[0].names | index("sync") and (index("mknod") or index("mknodat"))'

# The same run again, looked at in other ways.
replay() { expect_status 0 "$GADGETCTL" run advise_seccomp --replay "$work/run.rec" "$@"; }
replay -o profile --filter "mntns_id_raw==$first" --default-action SCMP_ACT_KILL_PROCESS
check_profile SCMP_ACT_KILL_PROCESS '.syscalls[0].names | index("sync") and all(startswith("mknod") | not)'
replay -o profile --filter "mntns_id_raw==$second"
check_profile SCMP_ACT_ERRNO '.syscalls[0].names | (index("sync") | not) and any(startswith("mknod"))'

replay -o profiles
jq -es "length >= 3 and all(.profile.defaultAction == \"SCMP_ACT_ERRNO\" and .container == \"\")
  and any(.mntns == $first and (.profile.syscalls[0].names | index(\"sync\")))
  and any(.mntns == $second and (.profile.syscalls[0].names | any(startswith(\"mknod\"))))" "$work/out" >/dev/null ||
  fail "not a profile for each namespace"

replay -o json
expect_row ".mntns_id_raw == $first and .count == (.names | length) and (.names | index(\"sync\")) and (has(\"syscalls_raw\") | not)"
expect_no_row ".mntns_id_raw == $second and (.names | index(\"sync\"))"
replay -o columns
expect_stdout "^ +$first +[0-9]+ .* sync "

# Filtered in the kernel.
mkfifo "$work/go"
sh -c 'read line; exec sync' <>"$work/go" &
child=$!
start_gadget advise_seccomp --pid "$child" -o json
echo go >"$work/go"
wait "$child"
stop_gadget
[ "$(jq length "$work/out")" = 1 ] || fail "--pid: $(jq length "$work/out") namespaces"
expect_row '(.names | index("sync")) and .count < 100'

expect_status 2 "$GADGETCTL" run advise_seccomp --default-action SCMP_ACT_FOO
expect_stderr 'is not one of its values'
expect_status 2 "$GADGETCTL" run advise_seccomp --replay "$work/run.rec" -o profil
expect_stderr 'profile'
