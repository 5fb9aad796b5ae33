# shellcheck shell=dash
# Runs inside the virtual machine of scripts/vmtest.sh, in busybox's sh. Each function check_NAME makes something happen
# and looks for it in the JSON of a gadget. Prints "ok NAME", "FAIL NAME: why" or "skip NAME: why", and at the end "done".
#
# Programs are started by their full path: by name alone the shell would run its own and events would say "sh".
export GADGETRY_DATA_DIR=/share/gadgetry
ctl=/bin/gadgetctl
out=/tmp/out
err=/tmp/err
gadget=
reason=

because() { reason=$*; return 1; }

# Output without debug messages, on one line.
errors() { grep -v ': debug: ' "$err" | tr '\n' ' ' | cut -c1-1500; }

# start SOURCE ARGS...: runs a gadget until `stop`; returns when it is attached.
start() {
  : >"$out"
  : >"$err"
  "$ctl" run "$@" -o json -v >"$out" 2>"$err" &
  gadget=$!
  for _ in $(seq 600); do
    grep -q 'gadget attached' "$err" && return 0
    kill -0 "$gadget" 2>/dev/null || { gadget=; because "run $*: $(errors)"; return 1; }
    sleep 0.1
  done
  because "run $*: not attached after 60 s"
}

stop() {
  [ -n "$gadget" ] || return 0
  local status=0 pid=$gadget
  gadget=
  kill -TERM "$pid"
  wait "$pid" || status=$?
  [ "$status" = 0 ] || because "ended with status $status: $(errors)"
}

# expect PATTERN...: waits for a line of output that matches every pattern.
expect() {
  local pattern
  for _ in $(seq 100); do
    cp "$out" /tmp/found
    for pattern; do
      grep -E -- "$pattern" /tmp/found >/tmp/found.next
      mv /tmp/found.next /tmp/found
    done
    [ ! -s /tmp/found ] || return 0
    sleep 0.1
  done
  because "no event with: $*"
}

# expect_error PATTERN ARGS...: the run must end with status 1 and say so.
expect_error() {
  local pattern=$1 status=0
  shift
  timeout 60 "$ctl" run "$@" -t 1 >"$out" 2>"$err" || status=$?
  [ "$status" = 1 ] || { because "run $*: status $status: $(errors)"; return 1; }
  grep -qE -- "$pattern" "$err" || because "run $*: the error is: $(errors)"
}

# check NAME [ARGS...]: one line of the report.
check() {
  local name=$1
  shift
  reason=
  if "check_$name" "$@" && stop; then
    echo "ok $name${*:+ $*}"
  else
    case $reason in
      skip:*) echo "skip $name: ${reason#skip: }" ;;
      *) echo "FAIL $name${*:+ $*}: $reason" ;;
    esac
    [ -z "$gadget" ] || kill -KILL "$gadget"
    gadget=
  fi
}

# --- the gadgets that are shipped

check_trace_open() { # [--paths]
  start trace_open "$@" || return
  (cd /etc && exec /bin/cat motd /nowhere >/dev/null 2>&1)
  expect '"comm":"cat"' '"fname":"motd"' '"error":""' '"flags":"O_RDONLY' "\"fpath\":\"${1:+/etc/motd}\"" &&
    expect '"comm":"cat"' '"fname":"/nowhere"' '"error":"ENOENT"'
}

check_trace_exec() { # [--paths]
  start trace_exec --ignore-failed=false "$@" || return
  (cd /etc && exec /bin/echo one 'two three' >/dev/null)
  /etc/motd 2>/dev/null
  expect '"args":"/bin/echo one two three"' '"comm":"echo"' '"error":""' "\"cwd\":\"${1:+/etc}\"" &&
    expect '"args":"/etc/motd' '"error":"EACCES"'
}

check_trace_signal() {
  start trace_signal || return
  /bin/sleep 100 &
  local victim=$!
  kill -USR1 "$victim"
  wait "$victim"
  kill -TERM 4194303 2>/dev/null # beyond the highest pid
  expect '"sig":"SIGUSR1"' "\"tpid\":${victim}[,}]" '"error":""' &&
    expect '"sig":"SIGCHLD"' '"tpid":' &&
    expect '"sig":"SIGTERM"' '"tpid":4194303' '"error":"ESRCH"'
}

check_trace_mount() {
  start trace_mount || return
  mkdir -p /tmp/here
  /bin/mount -t tmpfs -o nosuid,size=1m source /tmp/here
  /bin/umount /tmp/here
  /bin/mount -t nosuchfs source /tmp/here 2>/dev/null
  expect '"op":"MOUNT"' '"fs":"tmpfs"' '"dest":"/tmp/here"' '"flags":"MS_NOSUID' '"data":"size=1m"' '"error":""' &&
    expect '"op":"UMOUNT"' '"dest":"/tmp/here"' '"error":""' &&
    expect '"op":"MOUNT"' '"fs":"nosuchfs"' '"error":"ENODEV"'
}

# snapshot ARGS...: a run that ends by itself.
snapshot() {
  timeout 60 "$ctl" run "$@" -o json >"$out" 2>"$err" || because "run $*: $(errors)"
}

check_snapshot_process() {
  /bin/sleep 100 &
  local child=$!
  sleep 0.5
  snapshot snapshot_process --pid "$child" &&
    expect '"comm":"sleep"' "\"pid\":${child}[,}]" "\"parent\":\{[^}]*\"pid\":$$[,}]" '"state":"SLEEPING"' '"kernel":false'
  local status=$?
  kill "$child"
  return $status
}

check_snapshot_file() { # [--paths]
  exec 7</etc/motd
  snapshot snapshot_file --pid $$ --filter fd==7 "$@" &&
    expect '"fd":7,' "\"path\":\"${1:+/etc/}motd\"" '"type":"REGULAR"' '"flags":"O_RDONLY' "\"pid\":$$[,}]"
}

check_snapshot_socket() {
  /bin/nc -l -p 4242 >/dev/null </dev/null &
  local server=$!
  for _ in $(seq 50); do
    grep -q ':1092 ' /proc/net/tcp* && break # 4242
    sleep 0.1
  done
  snapshot snapshot_socket --filter src.port==4242 && expect '"port":4242' '"proto":"TCP"' '"state":"LISTEN"' '"netns_id":[1-9]'
  local status=$?
  kill "$server"
  return $status
}

check_profile_cpu() {
  start profile_cpu --comm dd || return
  timeout 3 /bin/dd if=/dev/zero of=/dev/null bs=64k 2>/dev/null
  stop && expect '"comm":"dd"' '"samples":[1-9]' '"kern_stack":"[^"]*read' '"addresses":"0x'
}

check_profile_blockio() {
  local disk
  [ -f /loop.ko ] || { because "skip: no module 'loop' in the packages that were given"; return 1; }
  /bin/dd if=/dev/zero of=/tmp/disk bs=1M count=4 2>/dev/null
  disk=$(losetup -f)
  losetup "$disk" /tmp/disk || { because "losetup failed"; return 1; }
  start profile_blockio || return
  for _ in $(seq 10); do /bin/dd if=/dev/zero of="$disk" bs=4k count=1 conv=fsync 2>/dev/null; done
  stop && expect '"latency":\[[0,]*[1-9]'
}

check_top_syscall() {
  start top_syscall --comm dd || return
  /bin/dd if=/dev/zero of=/dev/null bs=1 count=5000 2>/dev/null
  expect '"syscall":"SYS_WRITE"' '"comm":"dd"' '"count":[1-9]'
}

# --- every kind of hook

check_kernel_hooks() {
  start /kernel_hooks.tar || return
  touch /tmp/a_file
  mkdir -p /tmp/a_folder
  /bin/unlink /tmp/a_file
  /bin/unlink /tmp/a_folder 2>/dev/null
  local hook
  for hook in KPROBE FENTRY; do expect "\"hook\":\"$hook\"" '"name":"a_file"' '"comm":"unlink"' '"error":""' || return; done
  for hook in KRETPROBE FEXIT; do
    expect "\"hook\":\"$hook\"" '"comm":"unlink"' '"error":""' &&
      expect "\"hook\":\"$hook\"" '"comm":"unlink"' '"error":"EISDIR"' || return
  done
  expect '"hook":"FEXIT"' '"name":"a_folder"'
}

check_moved_by_attach_to() {
  start /moved.tar || return
  touch /tmp/a_file
  mkdir -p /tmp/a_folder
  /bin/unlink /tmp/a_file
  /bin/rmdir /tmp/a_folder
  local hook
  for hook in KPROBE FENTRY FEXIT; do expect "\"hook\":\"$hook\"" '"name":"a_folder"' '"comm":"rmdir"' || return; done
  expect '"hook":"KRETPROBE"' '"comm":"rmdir"' || return
  ! grep -q '"comm":"unlink"' "$out" || because "an event of the function that attach_to replaced"
}

check_user_hooks() {
  ln -sf gadgetctl /bin/victim # a user of libc with a name of its own
  start /user_hooks.tar --comm victim || return
  /bin/victim images >/dev/null
  expect '"hook":"UPROBE"' '"comm":"victim"' && expect '"hook":"URETPROBE"' '"comm":"victim"'
}

check_unknown_kprobe() {
  expect_error "'on_kprobe'.*no_such_function.*this kernel has no function" /unknown_kprobe.tar
}
check_unknown_fentry() {
  expect_error "'on_fentry'.*no_such_function.*this kernel has no such function" /unknown_fentry.tar
}
check_unknown_uprobe() { expect_error "'on_uprobe'.*no function 'no_such_function'" /unknown_uprobe.tar; }

echo "kernel $(uname -r)"
check trace_open
check trace_open --paths
check trace_exec
check trace_exec --paths
check trace_signal
check trace_mount
check snapshot_process
check snapshot_socket
check snapshot_file
check snapshot_file --paths
check profile_cpu
check profile_blockio
check top_syscall
check kernel_hooks
check moved_by_attach_to
check user_hooks
check unknown_kprobe
check unknown_fentry
check unknown_uprobe
echo "done"
