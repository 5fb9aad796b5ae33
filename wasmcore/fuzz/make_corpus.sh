#!/usr/bin/env bash
# Writes the seeds of the engine's fuzz targets to fuzz/corpus/fuzz_wasm_*, from seeds/*.wat. Needs wat2wasm (wabt).
set -euo pipefail
cd "$(dirname "$0")"
corpus=../../fuzz/corpus
mkdir -p "$corpus"/fuzz_wasm_{load,run,generated}
for wat in seeds/*.wat; do
  name=$(basename "$wat" .wat)
  wat2wasm --debug-names "$wat" -o "$corpus/fuzz_wasm_load/$name"
  # The last eight bytes choose the arguments.
  wat2wasm "$wat" -o "$corpus/fuzz_wasm_run/$name"
  printf '%s' 12345678 >>"$corpus/fuzz_wasm_run/$name"
  # Any bytes are a program for the generator.
  printf '%s' "$name" >"$corpus/fuzz_wasm_generated/$name"
done
