#!/usr/bin/env bash
# clang-tidy over the whole project, or over the files given.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-tidy-19 >/dev/null || { echo "tidy: clang-tidy-19 is missing: apt-get install clang-tidy-19" >&2; exit 1; }
[ -f build/clang/compile_commands.json ] || cmake --preset clang
mapfile -t files < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else git ls-files 'src/*.cpp'; fi)
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/clang --quiet
