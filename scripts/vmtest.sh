#!/usr/bin/env bash
# Runs the shipped gadgets and one program of every kind of hook on another kernel, in a virtual machine without KVM.
#
#   scripts/vmtest.sh [KERNEL]       the newest Debian kernel that apt knows, or the newest one of a version: 6.1, 6.12.73
#   scripts/vmtest.sh PACKAGE        a kernel package by its name: linux-image-6.1.0-50-amd64
#   scripts/vmtest.sh FILE.deb...    the packages of one kernel as files
#
# Prints a line "ok NAME", "FAIL NAME: why" or "skip NAME: why" for each check of tests/vm/checks.sh. Exit status: 0 all
# is well, 1 a check failed, 77 it cannot be tried here (the last line says why).
#
# Kernels come from the suites that apt is configured with. For those of another suite give files: fetch them with an apt
# that knows the suite, for instance with its line in a file S of its own:
#     apt-get -o Dir::Etc::sourcelist=$PWD/S -o Dir::Etc::sourceparts=- -o Dir::State::lists=$PWD/lists update
#     apt-get (the same options) download linux-image-6.12.95+deb12-amd64
# Kernels from 7.x on are split: give linux-binary-VERSION (the image) and linux-modules-VERSION (for profile_blockio).
#
# Needs qemu-system-x86_64, dpkg-deb, clang (to build tests/vm/*_hooks) and some 1.5 GB of memory; not root.
#
#   GADGETCTL               the program under test (build/release/bin/gadgetctl)
#   GADGETRY_DATA_DIR       its data (share/gadgetry beside the program's folder)
#   XDG_CACHE_HOME          packages are kept in $XDG_CACHE_HOME/gadgetry/vm (default ~/.cache)
#   VMTEST_TIMEOUT=900      seconds until the machine is switched off
#   VMTEST_CONSOLE=FILE     keep the messages of the kernel
set -euo pipefail
export LC_ALL=C

say() { echo "vmtest: $*" >&2; }
skip() { say "$*"; exit 77; }
fail() { say "error: $*"; exit 1; }

[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0; }
here=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gadgetry/vm
ctl=${GADGETCTL:-$here/build/release/bin/gadgetctl}
[ -x "$ctl" ] || skip "there is no program $ctl: build it first"
export GADGETRY_DATA_DIR=${GADGETRY_DATA_DIR:-$(cd "$(dirname "$ctl")/.." && pwd)/share/gadgetry}
[ "$(uname -m)" = x86_64 ] || skip "only amd64 kernels are tried, with a program for amd64"
for tool in qemu-system-x86_64 dpkg-deb timeout; do
  command -v $tool >/dev/null || skip "$tool is missing"
done

mkdir -p "$cache/debs"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The file of a package, from the cache or the mirror.
fetch() { # package
  local file version
  command -v apt-get >/dev/null || skip "there is no apt to fetch $1 with: give .deb files"
  version=$(apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p' | head -1)
  [ -n "$version" ] || skip "apt knows no package $1"
  file=$cache/debs/${1}_${version//:/%3a}_amd64.deb
  if [ ! -f "$file" ]; then
    say "fetching $1 $version"
    mkdir "$work/fetch"
    (cd "$work/fetch" && apt-get -o APT::Sandbox::User="$(id -un)" -qq download "$1") >&2 || skip "cannot fetch $1"
    mv "$work"/fetch/*.deb "$file"
    rmdir "$work/fetch"
  fi
  echo "$file"
}

# The packages of a kernel: the image package, and those it was split into.
kernel_packages() { # version or package
  local image=$1
  case $1 in
    '') image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1) ;;
    [0-9]*)
      image=$(apt-cache pkgnames "linux-image-$1" | grep -E "^linux-image-${1//./\\.}([.+-][0-9a-z.+-]*)?-amd64$" |
        grep -vE -- '-(rt|cloud)-' | sort -V | tail -1) || true
      ;;
  esac
  [ -n "$image" ] || skip "apt knows no kernel ${1:-at all}: give a .deb file"
  local parts
  parts=$(apt-cache depends "$image" 2>/dev/null | sed -n 's/^ *Depends: \(linux-\(binary\|modules\)-.*\)/\1/p')
  echo "${parts:-$image}"
}

# Unpacks kernel and module out of packages into a folder.
unpack_kernel() { # folder deb...
  local folder=$1 deb name
  shift
  mkdir -p "$folder"
  for deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder" --wildcards '*/vmlinuz*' '*/drivers/block/loop.ko*' 2>/dev/null || true
  done
  name=$(find "$folder" -type f -name 'vmlinuz*' | head -1)
  [ -n "$name" ] || fail "there is no kernel in $*"
  mv "$name" "$folder/vmlinuz"
  name=$(find "$folder" -type f -name 'loop.ko*' | head -1)
  case $name in
    *.xz) xz -dc "$name" >"$folder/loop.ko" ;;
    *.zst) zstd -dcq "$name" >"$folder/loop.ko" ;;
    *.ko) mv "$name" "$folder/loop.ko" ;;
  esac
}

# Builds a gadget of tests/vm; with a line of its own under `programs:` in the metadata.
build_gadget() { # folder name [line...]
  local source=$here/tests/vm/$1 image=$2 definition=$work/$2.yaml
  shift 2
  cp "$source/gadget.yaml" "$definition"
  [ $# -eq 0 ] || { echo "programs:"; printf '  %s\n' "$@"; } >>"$definition"
  "$ctl" build "$source" --definition "$definition" --arch amd64 -o "$work/root/$image.tar" >/dev/null ||
    fail "cannot build the gadget $image"
}

make_initramfs() { # kernel folder, file
  local root=$work/root library
  mkdir -p "$root"/{bin,etc,share}
  mkdir "$work/busybox"
  dpkg-deb --extract "$busybox" "$work/busybox"
  find "$work/busybox" -type f -path '*/bin/busybox' -exec cp {} "$root/bin/busybox" \;
  cp "$ctl" "$root/bin/gadgetctl"
  for library in $(ldd "$ctl" | grep -o '/[^ ]*'); do cp --parents --dereference "$library" "$root"; done
  cp -r "$GADGETRY_DATA_DIR" "$root/share/gadgetry"
  rm -rf "$root/share/gadgetry/sdk" # there is no compiler in there
  cp "$here/tests/vm/init" "$here/tests/vm/checks.sh" "$root"
  chmod +x "$root/init"
  echo "a file to open" >"$root/etc/motd"
  cp "$1/loop.ko" "$root" 2>/dev/null || true
  build_gadget kernel_hooks kernel_hooks
  build_gadget kernel_hooks moved 'on_kprobe: {attach_to: vfs_rmdir}' 'on_kretprobe: {attach_to: vfs_rmdir}' \
    'on_fentry: {attach_to: vfs_rmdir}' 'on_fexit: {attach_to: vfs_rmdir}'
  build_gadget kernel_hooks unknown_kprobe 'on_kprobe: {attach_to: no_such_function}'
  build_gadget kernel_hooks unknown_fentry 'on_fentry: {attach_to: no_such_function}'
  build_gadget user_hooks user_hooks
  build_gadget user_hooks unknown_uprobe 'on_uprobe: {attach_to: "libc:no_such_function"}'
  (cd "$root" && find . | "$root/bin/busybox" cpio -o -H newc 2>/dev/null) >"$2"
}

boot() { # kernel folder -> $work/report
  local status=0
  timeout -k 5 "${VMTEST_TIMEOUT:-900}" qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1280 \
    -nodefaults -display none -monitor none -no-reboot -serial "file:$console" -serial "file:$work/report" \
    -kernel "$1/vmlinuz" -initrd "$work/initramfs" \
    -append "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off" </dev/null >"$work/qemu" 2>&1 || status=$?
  [ "$status" = 0 ] || cat "$work/qemu" >&2
  [ "$status" != 124 ] || echo "FAIL: the machine was switched off after ${VMTEST_TIMEOUT:-900} s" >>"$work/report"
}

console=${VMTEST_CONSOLE:-$work/console}
debs=()
if [[ ${1:-} == *.deb ]]; then
  for deb; do
    [ -f "$deb" ] || fail "$deb: no such file"
    debs+=("$deb")
  done
else
  packages=$(kernel_packages "${1:-}")
  for package in $packages; do
    file=$(fetch "$package")
    debs+=("$file")
  done
fi
busybox=$(fetch busybox-static)

unpack_kernel "$work/kernel" "${debs[@]}"
make_initramfs "$work/kernel" "$work/initramfs"
boot "$work/kernel"
# Rarely, on a loaded machine, a kernel fails to start its clock: one more try when it did not get to the checks.
[ -s "$work/report" ] || { say "the machine did not start; trying again"; boot "$work/kernel"; }

cat "$work/report"
if ! grep -q '^done' "$work/report"; then
  tail -20 "$console" >&2
  fail "the machine ended before its checks did"
fi
! grep -q '^FAIL' "$work/report"
