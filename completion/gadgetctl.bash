# bash completion for gadgetctl
# Flags and subcommands come from the program's own --help, so they are never out of date.

_gadgetctl_flags() { # command words...
  "$@" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[A-Za-z][A-Za-z0-9_-]*' | tr -d ' ,' | sort -u
}

_gadgetctl_subcommands() { # command words...
  "$@" --help 2>/dev/null | sed -n '/^[A-Z]*[Ss]ubcommands:/,/^[^ ]*$/s/^  \([a-z][a-z-]*\)[, ].*/\1/p'
}

# Short names, as people type them: without the tag when it is "latest".
_gadgetctl_images() {
  gadgetctl image list 2>/dev/null | awk 'NR > 1 { print $2 == "latest" ? $1 : $1 ":" $2 }'
}

_gadgetctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local sub=() word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && break
    sub+=("$word")
  done
  COMPREPLY=()
  case ${sub[0]-}:$prev in
    doctor:-o | doctor:--output | probe:-o | probe:--output)
      COMPREPLY=($(compgen -W "table json" -- "$cur"))
      return
      ;;
  esac
  case $prev in
    -o | --output)
      COMPREPLY=($(compgen -W "columns json jsonpretty yaml tree none pcap-ng" -- "$cur"))
      return
      ;;
    --record | --replay | --wasm-profile)
      COMPREPLY=($(compgen -f -- "$cur"))
      return
      ;;
    --map-mode)
      COMPREPLY=($(compgen -W "consume keep" -- "$cur"))
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_gadgetctl_flags gadgetctl "${sub[@]}")" -- "$cur"))
    return
  fi
  case "${sub[0]-} ${sub[1]-}" in
    " " | "image ") COMPREPLY=($(compgen -W "$(_gadgetctl_subcommands gadgetctl "${sub[@]}")" -- "$cur")) ;;
    "run "* | "probe "* | "inspect "* | "rmi "* | "tag "* | "image "*)
      COMPREPLY=($(compgen -W "$(_gadgetctl_images)" -- "$cur") $(compgen -f -- "$cur"))
      ;;
    "completion "*) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _gadgetctl gadgetctl
