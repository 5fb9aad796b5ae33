#!/bin/bash
# The programs that the tests probe: one of C, and one of Go without symbols where there is a Go compiler.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
cc -O2 -g0 -o "$out/probe_me" "$here/probe_me.c"
if go=$(GADGETRY_GO_OFFLINE=1 "$here/../../../scripts/fetch_go.sh" 2>/dev/null); then
  export GOTOOLCHAIN=local GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
  "$go" build -ldflags='-s -w' -o "$out/probe_go" "$here/probe_go.go"
fi
