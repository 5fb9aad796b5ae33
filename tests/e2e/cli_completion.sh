#!/bin/bash
# Completion in bash: subcommands, images, flags of a gadget and their values.
. "$(dirname "$0")/../lib.sh"
PATH=$(dirname "$GADGETCTL"):$PATH
set +e # as in the shell of a person
source <(gadgetctl completion bash)

complete_line() { # words... -> COMPREPLY for the last one
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _gadgetctl gadgetctl "${!#}" "${COMP_WORDS[$# - 2]}"
}
offers() { # word
  printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$1" || fail "\"${COMP_WORDS[*]}\" does not offer $1, but: ${COMPREPLY[*]}"
}

complete_line gadgetctl ""
offers run && offers build && offers image
complete_line gadgetctl image ""
offers list && offers remove && offers export
complete_line gadgetctl run trace_o
offers trace_open
complete_line gadgetctl run trace_open --fa
offers --failed
complete_line gadgetctl run trace_open -o ""
offers jsonpretty
[ "$(gadgetctl completion zsh | head -1)" = "#compdef gadgetctl" ] || fail "zsh"
gadgetctl completion fish | grep -q '^complete -c gadgetctl' || fail "fish"
