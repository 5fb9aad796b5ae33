#!/usr/bin/env bash
# Writes OUTDIR/amd64/vmlinux.h and OUTDIR/arm64/vmlinux.h: the types of the Linux kernel, as eBPF programs include them.
# They come from the type information inside Debian's newest kernel image of each architecture, which apt fetches with a
# configuration of its own: neither the machine's package lists nor its packages change, and root is not needed.
#
#   vmlinux.sh OUTDIR [ARCH...]
#
#   XDG_CACHE_HOME          results are kept in $XDG_CACHE_HOME/gadgetry/vmlinux (default ~/.cache)
#   GADGETRY_VMLINUX_AGE    days before a newer kernel is looked for (30)
#   GADGETRY_DEBIAN_MIRROR  mirror to use instead of the one apt is configured with
#   GADGETRY_OFFLINE=1      do not use the network
set -euo pipefail
export LC_ALL=C

[ $# -ge 1 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
out=$1; shift
archs=("$@"); [ $# -gt 0 ] || archs=(amd64 arm64)
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gadgetry/vmlinux
max_age=${GADGETRY_VMLINUX_AGE:-30}
PATH=$PATH:/usr/sbin:/sbin

say() { echo "vmlinux: $*" >&2; }
fail() { say "error: $*"; exit 1; }
command -v bpftool >/dev/null || fail "bpftool is missing; install the package bpftool"
command -v perl >/dev/null || fail "perl is missing; install the package perl-base"
mkdir -p "$cache" "$out" || fail "cannot write to $cache and $out"

# One at a time: builds of several presets share the cache.
exec 9>"$cache/lock"
if command -v flock >/dev/null; then flock 9; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A cached header is as good as the scripts that made it.
revision=$(cat "$here/vmlinux.sh" "$here/kernel_btf.pl" "$here/vmlinux_portable.pl" | cksum | cut -d' ' -f1)

own_arch() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# The Debian mirror among apt's sources. Security archives have no sid.
mirror() {
  if [ -n "${GADGETRY_DEBIAN_MIRROR:-}" ]; then echo "$GADGETRY_DEBIAN_MIRROR"; return; fi
  local found
  found=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian(/|$)' | grep -v -m1 security || true)
  echo "${found:-http://deb.debian.org/debian/}"
}

# Runs a command up to three times: mirrors and networks hiccup.
retry() {
  local pause
  for pause in 2 6 0; do
    "$@" && return 0
    [ $pause = 0 ] || { say "that failed; trying again in $pause s"; sleep $pause; }
  done
  return 1
}

apt_setup() { # arch
  apt=$work/apt-$1
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : >"$apt/status"
  local signed=/usr/share/keyrings/debian-archive-keyring.gpg options=arch=$1
  [ -f $signed ] && options+=" signed-by=$signed"
  echo "deb [$options] $(mirror) sid main" >"$apt/sources.list"
  cat >"$apt/conf" <<EOF
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Pre-Invoke;
#clear APT::Architectures;
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "$(id -un)";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "3";
EOF
}

show() { apt-cache -c "$apt/conf" --no-all-versions show "$1" 2>/dev/null; }
# The first package that $1 depends on whose name matches $2.
depends() { show "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' | sed 's/^ *//; s/ .*//' | grep -m1 -E "$2"; }

# Sets package and version to the newest kernel's.
find_kernel() { # arch
  apt_setup "$1"
  apt-get -c "$apt/conf" update -qq --error-on=any >"$apt/log" 2>&1 || { tail -3 "$apt/log" >&2; return 1; }
  local image
  image=$(depends "linux-image-$1" '^linux-image-[0-9]') || { say "the mirror has no package linux-image-$1"; return 1; }
  # Kernels from 7.x on keep the image itself in a package of its own.
  package=$(depends "$image" '^linux-binary-[0-9]') || package=$image
  version=$(show "$package" | sed -n 's/^Version: //p' | head -1)
  [ -n "$version" ]
}

fetch_kernel() { # arch -> $work/image
  say "fetching the kernel types of Linux $version for $1 (package $package)"
  (cd "$apt/archives" && apt-get -c "$apt/conf" download -qq "$package" >"$apt/log" 2>&1) || { tail -3 "$apt/log" >&2; return 1; }
  dpkg-deb --fsys-tarfile "$apt"/archives/*.deb >"$work/image.tar" || return 1
  local name
  name=$(tar -tf "$work/image.tar" | grep -m1 -E '(^|/)vmlinu[xz][^/]*$') || { say "$package holds no kernel image"; return 1; }
  tar -xOf "$work/image.tar" "$name" >"$work/image"
  rm -f "$work/image.tar" "$apt"/archives/*.deb
}

# BTF file -> header. Checked to be whole: every gadget needs these.
make_header() { # btf header
  bpftool btf dump file "$1" format c >"$work/dump.h" || { say "bpftool cannot read this kernel's types; is it too old?"; return 1; }
  perl "$here/vmlinux_portable.pl" <"$work/dump.h" >"$2" || return 1
  grep -q '^struct task_struct {' "$2" && grep -q '__VMLINUX_H__ \*/' "$2" || { say "the dump of the kernel types is not whole"; return 1; }
}

publish() { # header arch
  mkdir -p "$out/$2"
  cmp -s "$1" "$out/$2/vmlinux.h" || { cp "$1" "$out/$2/vmlinux.h.new" && mv "$out/$2/vmlinux.h.new" "$out/$2/vmlinux.h"; }
}

current() { # arch -> name of the cached header made by these scripts; fails when there is none
  local stamp=$cache/$1.current rev name
  [ -f "$stamp" ] && read -r rev name <"$stamp" && [ "$rev" = "$revision" ] && [ -s "$cache/$name" ] && echo "$name"
}

online() { # arch
  [ "${GADGETRY_OFFLINE:-0}" != 1 ] || { say "not using the network (GADGETRY_OFFLINE=1)"; return 1; }
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { say "this system has no apt to fetch Debian's kernel with"; return 1; }
  retry find_kernel "$1" || { say "cannot read the package lists of $(mirror)"; return 1; }
  local name=$1-$version.h
  if [ "$(current "$1")" != "$name" ]; then
    retry fetch_kernel "$1" || { say "cannot fetch $package from $(mirror)"; return 1; }
    perl "$here/kernel_btf.pl" "$work/image" >"$work/btf" && make_header "$work/btf" "$work/vmlinux.h" || return 1
    rm -f "$work/image" "$work/btf"
    find "$cache" -name "$1-*.h" -delete
    mv "$work/vmlinux.h" "$cache/$name"
  fi
  echo "$revision $name" >"$cache/$1.current"
  publish "$cache/$name" "$1"
}

provide() { # arch
  local name
  if name=$(current "$1") && [ -n "$(find "$cache/$1.current" -mtime "-$max_age")" ]; then
    publish "$cache/$name" "$1"
    return
  fi
  online "$1" && return
  name=$(find "$cache" -name "$1-*.h" -size +100k | head -1)
  if [ -n "$name" ]; then
    say "warning: using the kernel types fetched before for $1: $name"
    publish "$name" "$1"
  elif [ "$1" = "$(own_arch)" ] && [ -r /sys/kernel/btf/vmlinux ]; then
    make_header /sys/kernel/btf/vmlinux "$work/vmlinux.h" || return 1
    say "warning: using the types of the running kernel $(uname -r) for $1: programs that need types it lacks will not compile"
    publish "$work/vmlinux.h" "$1"
  else
    fail "there are no kernel types for $1. Connect to a Debian mirror and build again, or copy a file made elsewhere to $cache/$1-VERSION.h"
  fi
}

for arch in "${archs[@]}"; do
  case $arch in
    amd64 | arm64) provide "$arch" ;;
    *) fail "unknown architecture $arch; use amd64 or arm64" ;;
  esac
done
