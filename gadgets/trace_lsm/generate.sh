#!/bin/bash
# Writes what there is once for each hook: hooks.h and the end of gadget.yaml, from hooks.txt. Run it after a change there.
#
# hooks.txt has the hooks of Linux 6.1 to 7.2: the functions bpf_lsm_* of /proc/kallsyms.
set -euo pipefail
cd "$(dirname "$0")"

{
  echo "/* SPDX-License-Identifier: GPL-2.0 */"
  echo "/* Written by generate.sh: the security hooks of Linux 6.1 to 7.2. */"
  sed 's/.*/HOOK(&)/' hooks.txt
} >hooks.h

sed -i '/^# Below: written by generate.sh/q' gadget.yaml
{
  echo "programs:"
  sed 's/.*/  ig_&: {optional: true}/' hooks.txt
  echo "params:"
  echo "  wasm:"
  echo "    trace-all: {key: trace-all, type: bool, defaultValue: \"false\", description: Trace every hook that the kernel has}"
  sed 's/.*/    trace-&: {key: trace-&, type: bool, defaultValue: "false", description: Trace the hook &}/' hooks.txt
} >>gadget.yaml
