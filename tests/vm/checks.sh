#!/bin/bash
# Calls of a function of the kernel as each kind of hook sees them, with their arguments and results; the same programs moved
# by attach_to; and what is said of a function that does not exist.
#
#   tests/vm/checks.sh --build     builds the gadgets (with clang, before a machine is booted)
#   tests/vm/checks.sh             runs the checks; on a kernel without kprobes and fentry they are skipped
#
# $PROGRAM_IMAGES is the folder of the images (build/programs).
here=$(cd "$(dirname "$0")/../.." && pwd)
: "${GADGETCTL:=$here/build/release/bin/gadgetctl}" "${PROGRAM_IMAGES:=$here/build/programs}"
. "$here/tests/lib.sh"

build() { # gadget image [line under `programs:`...]
  local source=$here/tests/vm/$1 image=$2 definition=$work/$2.yaml
  shift 2
  cp "$source/gadget.yaml" "$definition"
  [ $# -eq 0 ] || { echo "programs:"; printf '  %s\n' "$@"; } >>"$definition"
  "$GADGETCTL" build "$source" --definition "$definition" --arch amd64 -o "$work/image.tar" >"$work/out" 2>"$work/err" || fail "cannot build $image"
  mv "$work/image.tar" "$PROGRAM_IMAGES/checks-$image.tar"
}

if [ "${1:-}" = --build ]; then
  mkdir -p "$PROGRAM_IMAGES"
  newest=$PROGRAM_IMAGES/checks-unknown_uprobe.tar
  [ ! -f "$newest" ] || [ -n "$(find "$here"/tests/vm/*_hooks "$here/sdk/bpf" "$0" -newer "$newest" -type f -print -quit)" ] || exit 0
  build kernel_hooks kernel_hooks
  build kernel_hooks moved 'on_kprobe: {attach_to: vfs_rmdir}' 'on_kretprobe: {attach_to: vfs_rmdir}' \
    'on_fentry: {attach_to: vfs_rmdir}' 'on_fexit: {attach_to: vfs_rmdir}'
  build kernel_hooks unknown_kprobe 'on_kprobe: {attach_to: no_such_function}'
  build kernel_hooks unknown_fentry 'on_fentry: {attach_to: no_such_function}'
  build user_hooks user_hooks
  build user_hooks unknown_uprobe 'on_uprobe: {attach_to: "libc:no_such_function"}'
  exit
fi

image() { echo "$PROGRAM_IMAGES/checks-$1.tar"; }
need_root
[ -f "$(image unknown_uprobe)" ] || fail "the gadgets are not built: tests/vm/checks.sh --build"
[ -f /sys/kernel/debug/kprobes/list ] || [ -f /sys/kernel/tracing/kprobe_events ] || skip "this kernel has no kprobes"

# Programs are started by their path: events must not come from this shell.
start_gadget "$(image kernel_hooks)" -o json
touch "$work/a_file"
mkdir -p "$work/a_folder"
/bin/unlink "$work/a_file"
/bin/unlink "$work/a_folder" 2>/dev/null || true
sleep 0.5
stop_gadget
for hook in KPROBE FENTRY; do expect_event ".hook == \"$hook\" and .name == \"a_file\" and .proc.comm == \"unlink\" and .error == \"\""; done
for hook in KRETPROBE FEXIT; do
  expect_event ".hook == \"$hook\" and .proc.comm == \"unlink\" and .error == \"\""
  expect_event ".hook == \"$hook\" and .proc.comm == \"unlink\" and .error == \"EISDIR\""
done
expect_event '.hook == "FEXIT" and .name == "a_folder"'

start_gadget "$(image moved)" -o json
touch "$work/a_file"
/bin/unlink "$work/a_file"
/bin/rmdir "$work/a_folder"
sleep 0.5
stop_gadget
for hook in KPROBE FENTRY FEXIT; do expect_event ".hook == \"$hook\" and .name == \"a_folder\" and .proc.comm == \"rmdir\""; done
expect_event '.hook == "KRETPROBE" and .proc.comm == "rmdir"'
expect_no_event '.proc.comm == "unlink"'

ln -s "$GADGETCTL" "$work/victim" # a user of libc with a name of its own
start_gadget "$(image user_hooks)" -o json --comm victim
"$work/victim" images >/dev/null
sleep 0.5
stop_gadget
expect_event '.hook == "UPROBE" and .proc.comm == "victim"'
expect_event '.hook == "URETPROBE" and .proc.comm == "victim"'

expect_status 1 "$GADGETCTL" run "$(image unknown_kprobe)" -t 1
expect_stderr "'on_kprobe'.*no_such_function.*this kernel has no"
expect_status 1 "$GADGETCTL" run "$(image unknown_fentry)" -t 1
expect_stderr "'on_fentry'.*no_such_function.*this kernel has no"
expect_status 1 "$GADGETCTL" run "$(image unknown_uprobe)" -t 1
expect_stderr "'on_uprobe'.*no_such_function"
