#!/bin/bash
# Uprobes in containers: two that share the files of an image through overlays. The first runs when the gadget starts, the
# second comes later. What both run is seen once for each call.
. "$(dirname "$0")/../lib.sh"
image_files=$PROGRAM_IMAGES/$area_name/image
layers=$work/layers # a file system of its own: the root of a virtual machine is an overlay itself
first=4194101 second=4194102

# A root as runtimes make it: an overlay over the image.
make_root() { # NAME
  mkdir -p "$work/$1" "$layers/$1.upper" "$layers/$1.work"
  mount -t overlay overlay -o "lowerdir=$layers/image,upperdir=$layers/$1.upper,workdir=$layers/$1.work" "$work/$1"
  on_exit "umount -l $work/$1"
}

# With a pid namespace of its own. It calls the functions with NUMBER when the file "go" appears in it.
start_container() { # NAME NUMBER
  unshare --mount --pid --fork --kill-child chroot "$work/$1" /bin/busybox sh -c "
    while [ ! -e /go ]; do /bin/busybox usleep 50000; done
    /bin/probe_me $2
    /bin/probe_static $2
    : >/done
    while :; do /bin/busybox sleep 1; done" >/dev/null 2>&1 &
  echo $! >>"$work/pids"
}

trigger() {
  : >"$work/first/go"
  wait_until 20 test -e "$work/first/done"
  # its files are known already, so its calls are seen from its beginning
  start_container second $second
  : >"$work/second/go"
  wait_until 20 test -e "$work/second/done"
}

mkdir "$layers"
mount -t tmpfs none "$layers"
on_exit "umount -l $layers"
cp -a "$image_files" "$layers/image"
cp "$(command -v busybox)" "$layers/image/bin/busybox"
make_root first
make_root second
# shellcheck disable=SC2016
on_exit 'kill -9 $(cat "$work/pids")'
start_container first $first
status=0
run_area --containers || status=$?

# Once for each call, not once for each container that shares the file.
seen_once() { # ROW
  local number
  for number in $first $second; do
    [ "$(grep -F "\"program\":\"$1\"" "$work/out" | grep -cF "\"value\":$number")" = 1 ] || {
      echo "events: $(grep -F "\"program\":\"$1\"" "$work/out" | tr '\n' ' ')"
      return 1
    }
  done
}
for row in "uprobe in a container" "uprobe of a library in a container" "usdt in a container"; do
  check_row "$row, once for each call" seen_once "$row"
done
[ "$status" = 0 ] && [ "$failures" = 0 ]
