#!/bin/bash
# Prints the path of a Go compiler that can build for WebAssembly (wasip1 with exported functions: Go >= 1.24).
#
# Taken is, in this order: $GADGETRY_GO, a `go` in PATH that is new enough, the copy that an earlier run has unpacked, or
# Debian's packages golang-1.24-go and golang-1.24-src of trixie (bookworm and its backports end at 1.23), whose programs are
# static. They are fetched by apt with a private configuration (Debian's signature and checksums are verified) and unpacked
# into a cache folder, never installed: nothing of the machine changes. Root is not needed.
#
#   GADGETRY_GO_CACHE     where to unpack          ${XDG_CACHE_HOME:-~/.cache}/gadgetry/go
#   GADGETRY_DEB_MIRROR   mirror of Debian         that of the machine's own sources.list, else http://deb.debian.org/debian
#   GADGETRY_GO_TIMEOUT   seconds for each of two fetches  300
#   GADGETRY_GO_OFFLINE=1 do not fetch
#
# Exit status: 0, or 1 with the reason on stderr.
set -euo pipefail

readonly version=1.24 suite=trixie
readonly cache=${GADGETRY_GO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gadgetry/go}
readonly unpacked=$cache/$version
readonly time_limit=${GADGETRY_GO_TIMEOUT:-300}

die() {
  echo "fetch_go.sh: $*" >&2
  exit 1
}

# A compiler counts when it is >= 1.24 and has its standard library.
usable() {
  local said minor
  said=$(GOTOOLCHAIN=local timeout 30 "$1" env GOVERSION 2>/dev/null) || return 1 # "go1.24.4"
  [[ $said =~ ^go1\.([0-9]+) ]] || return 1
  minor=${BASH_REMATCH[1]}
  [ "$minor" -ge "${version#1.}" ] && [ -d "$(GOTOOLCHAIN=local "$1" env GOROOT)/src/runtime" ]
}

if [ -n "${GADGETRY_GO:-}" ]; then
  usable "$GADGETRY_GO" || die "\$GADGETRY_GO is $GADGETRY_GO, which is no Go >= $version with its standard library"
  echo "$GADGETRY_GO"
  exit 0
fi
for candidate in "$(command -v go || true)" /usr/lib/go-$version/bin/go "$unpacked/usr/lib/go-$version/bin/go"; do
  if [ -n "$candidate" ] && [ -x "$candidate" ] && usable "$candidate"; then
    echo "$candidate"
    exit 0
  fi
done

[ -z "${GADGETRY_GO_OFFLINE:-}" ] || die "no Go >= $version here, and GADGETRY_GO_OFFLINE forbids to fetch it"
for program in apt-get dpkg-deb timeout flock; do
  command -v $program >/dev/null || die "no Go >= $version here, and without $program Debian's cannot be fetched"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keyring ] || die "no Go >= $version here, and $keyring (package debian-archive-keyring) is missing to verify Debian's"

# The mirror that this machine uses for Debian: of the deb822 files, then of the lines of the old format.
mirror_of_machine() {
  { sed -n 's/^URIs:[[:space:]]*\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null || true
    sed -nE 's/^deb([[:space:]]+\[[^]]*\])?[[:space:]]+([^ ]+).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
      2>/dev/null || true
  } | grep -E '/debian/?$' | head -1 || true
}
mirror=${GADGETRY_DEB_MIRROR:-$(mirror_of_machine)}
mirror=${mirror:-http://deb.debian.org/debian}

mkdir -p "$cache" || die "cannot make $cache"
exec 9>"$cache/lock"
flock -w "$time_limit" 9 || die "another run has held $cache/lock for $time_limit s"
if usable "$unpacked/usr/lib/go-$version/bin/go"; then # of the run we waited for
  echo "$unpacked/usr/lib/go-$version/bin/go"
  exit 0
fi

work=$(mktemp -d "$cache/fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT

# The packages into $work; what was said is in $work/log.
fetch() {
  mkdir -p "$work"/{lists/partial,cache/archives/partial,etc}
  : >"$work/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
  # the last -o wins over the machine's configuration: neither its sources nor its preferences are read
  local apt=(apt-get -q -o Dir::Etc="$work/etc" -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30
    -o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false -o APT::Update::Error-Mode=any)
  (cd "$work" && timeout "$time_limit" "${apt[@]}" update &&
    timeout "$time_limit" "${apt[@]}" download golang-$version-go golang-$version-src)
}

if ! fetch >"$work/log" 2>&1; then
  tail -n 5 "$work/log" >&2
  die "Debian's golang-$version-go cannot be had from $mirror $suite; set GADGETRY_GO to a Go >= $version"
fi

for package in "$work"/*.deb; do
  dpkg-deb -x "$package" "$work/root"
done
goroot=$work/root/usr/lib/go-$version # its links to the library are relative
usable "$goroot/bin/go" || die "the Go of $suite does not run on this machine: $("$goroot/bin/go" version 2>&1 | head -1)"
rm -rf "$unpacked"
mv "$work/root" "$unpacked"
echo "$unpacked/usr/lib/go-$version/bin/go"
