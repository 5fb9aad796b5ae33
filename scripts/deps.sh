#!/usr/bin/env bash
# Installs the Debian packages that are missing; on another distribution prints their list.
# Skip with GADGETRY_SKIP_DEPS=1.
set -euo pipefail
[ "${GADGETRY_SKIP_DEPS:-0}" = 1 ] && exit 0
list="$(dirname "$0")/packages.txt"
mapfile -t packages < <(sed 's/#.*//; /^[[:space:]]*$/d' "$list" "$@")

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian system. Install what these Debian packages hold, then run again with GADGETRY_SKIP_DEPS=1:" >&2
  printf '  %s\n' "${packages[@]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Missing packages: ${missing[*]}. Install them as root." >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
# The package lists of a machine may be absent or stale: refresh them when the first try fails.
install || { "${as_root[@]}" apt-get update -q >"$log" 2>&1 && install; } || {
  tail -20 "$log" >&2
  echo "deps: apt-get could not install the packages above; see its output" >&2
  exit 1
}
