#!/bin/bash
# Do the interpreter's handlers jump to each other? gcc makes the jump from -O2 on, but promises nothing: a call in its
# place would let the host's stack grow with each instruction of the guest.
#
#   tail_calls.sh [OBJECT...]   the objects of src/wc_interp.c; by default $WASMCORE_OBJECT, or those of build/release
#
# A handler is a function op_*. In the disassembly (x86-64 or AArch64, gcc or clang):
#   - no handler calls another by name;
#   - a call through a pointer is there at most once, in the handlers that call the host or a function on vectors;
#   - other calls have a name that is on the list below;
#   - each handler goes on by a jump through a pointer, except for those that end the guest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/release/wasmcore/CMakeFiles
if [ $# = 0 ]; then
  if [ -n "${WASMCORE_OBJECT:-}" ]; then
    set -- "$WASMCORE_OBJECT"
  else
    set -- "$build"/wasmcore.dir/src/wc_interp.c.o "$build"/wasmcore_soft.dir/src/wc_interp.c.o
  fi
fi

check() { # OBJECT
  local machine objdump=objdump
  [ -f "$1" ] || { echo "there is no object $1: build it first"; exit 77; }
  machine=$(LC_ALL=C objdump -f "$1" | sed -n 's/^architecture: \([^,]*\).*/\1/p')
  if [ "$machine" != i386:x86-64 ]; then
    objdump=aarch64-linux-gnu-objdump
    command -v $objdump >/dev/null || { echo "$objdump (binutils-aarch64-linux-gnu) is not installed"; exit 77; }
  fi
  LC_ALL=C $objdump -dr --no-show-raw-insn "$1" | awk -v object="$1" '
    function complain(text) { print object ": " name ": " text; bad++ }
    # A call whose callee the next line may name (a relocation).
    function settle() {
      if (pending == "") return
      if (pending ~ /^indirect/) {
        indirect++
        if (name !~ /^op_(CALL_IMPORT|CALL_INDIRECT|CALL_FOREIGN|V128_[A-Z0-9_]+)$/) complain("calls through a pointer: " pending)
        else if (indirect > 1) complain("a second call through a pointer: " pending)
      } else if (pending ~ /^op_/) {
        complain("calls " pending)
      } else if (pending !~ /^(raise_slots|raise_frames|trapped|stopped|mem(cpy|move|set|cmp)|wc_[a-z0-9_]+|__stack_chk_fail)$/) {
        complain("calls " pending ", which is not on the list")
      }
      pending = ""
    }
    function leave() {
      settle()
      if (name ~ /^op_/ && name !~ /\.(cold|part|isra|constprop)/) {
        handlers++
        if (!jumps && name !~ /^op_(EXIT|UNREACHABLE)$/) complain("has no jump to the next handler")
      }
    }
    /^[0-9a-f]+ <.*>:$/ {
      leave()
      name = $2; sub(/^</, "", name); sub(/>:$/, "", name)
      jumps = indirect = 0
      next
    }
    name !~ /^op_/ { next }
    /R_(X86_64|AARCH64)_/ {
      if (pending != "") {
        pending = $3; sub(/[-+]0x[0-9a-f]+$/, "", pending)
        sub(/^\.text(\.unlikely)?\.?/, "", pending)
        if (pending == "") pending = "stopped" # one of the functions of this file that are seldom called
        settle()
      }
      next
    }
    {
      settle()
      if (/[ \t]call[ \t]+\*/ || /[ \t]blr[a-z]*[ \t]/) {
        pending = "indirect" ($0 ~ /\(%rip\)/ ? "" : " " $NF)
        if (pending != "indirect") settle()
      } else if (/[ \t]call[ \t]/ || /[ \t]bl[ \t]/) {
        pending = $NF
        gsub(/[<>]/, "", pending)
      }
      if (/jmp[ \t]+\*/ || /[ \t]br[ \t]+x/ || /[ \t](jmp|b)[ \t].*<op_[A-Z0-9_]+>$/) jumps++
    }
    END {
      leave()
      if (!handlers) { print object ": no handlers: this build has the switch"; exit 77 }
      if (handlers < 500) { print object ": only " handlers " handlers"; bad++ }
      print object ": " handlers " handlers, " bad + 0 " of them wrong"
      exit bad ? 1 : 0
    }'
}

worst=0
for object in "$@"; do
  status=0
  check "$object" || status=$?
  [ "$status" = 0 ] || [ "$worst" = 1 ] || worst=$status
done
exit $worst
