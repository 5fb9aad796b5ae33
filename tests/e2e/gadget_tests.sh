#!/bin/bash
# The tests that gadgets bring along (gadgetctl test), as anybody can run them: without privileges, without a kernel that
# can do anything. Each is built from its sources.
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
chmod 755 "$work"

# As somebody who may not do anything special, with a home that can be written.
if [ "$(id -u)" = 0 ]; then
  mkdir "$work/home"
  chown 65534:65534 "$work/home"
  export HOME=$work/home TMPDIR=$work/home
  as_anybody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"; }
else
  as_anybody() { "$@"; }
fi
as_anybody "$GADGETCTL" --version >/dev/null 2>"$work/err" || skip "the program under test cannot be started by everybody"

# Copies, which everybody can read.
mkdir "$work/gadgets"
cp -r "$root"/gadgets/* "$root"/examples/gadgets/* "$work/gadgets"
find "$work/gadgets" -name target -prune -exec rm -r {} +
chmod -R a+rX "$work/gadgets"

passed=0
failed=0
for dir in "$work/gadgets"/*/; do
  name=$(basename "$dir")
  [ -d "$dir/tests" ] || continue
  # The numbers of its system calls and the architectures in its profiles are those of amd64.
  if [ "$name" = advise_seccomp ] && [ "$(uname -m)" != x86_64 ]; then
    echo "skipped: $name: its cases are for amd64"
    continue
  fi
  if as_anybody "$GADGETCTL" test "$dir" >"$work/out" 2>"$work/err"; then
    echo "ok   $name: $(tail -1 "$work/out")"
    passed=$((passed + $(grep -c '^ok ' "$work/out")))
  elif grep -qE 'no (rustc|go|program)|no target wasm32' "$work/err"; then
    echo "skipped: $name: $(tail -1 "$work/err")"
  else
    cat "$work/out" "$work/err"
    echo "FAIL $name"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
