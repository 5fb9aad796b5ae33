# bash completion for wasmcore-cli
# Flags and subcommands come from the program's own --help, so they are never out of date.

_wasmcore_cli() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} sub=${COMP_WORDS[1]-}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "$(wasmcore-cli --help 2>/dev/null |
      sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p') --help --version" -- "$cur"))
    return
  fi
  case $prev in
    --deny)
      COMPREPLY=($(compgen -W "floats simd" -- "$cur"))
      return
      ;;
    --dir | --dir-ro)
      COMPREPLY=($(compgen -d -- "$cur"))
      return
      ;;
    --invoke)
      local word
      for word in "${COMP_WORDS[@]:2}"; do
        [[ $word == *.wasm ]] || continue
        COMPREPLY=($(compgen -W "$(wasmcore-cli inspect "$word" 2>/dev/null |
          sed -n '/^exports$/,/^$/s/^  \([^ ]*\)  function .*/\1/p')" -- "$cur"))
      done
      return
      ;;
    --env | --fuel | --timeout | --memory-pages | --stack-slots | --call-depth) return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(wasmcore-cli "$sub" --help 2>/dev/null |
      sed -n '/^Flags:/,$s/^  \(-h, \)\{0,1\}\(--[a-z-]*\).*/\2/p')" -- "$cur"))
    return
  fi
  COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _wasmcore_cli wasmcore-cli
