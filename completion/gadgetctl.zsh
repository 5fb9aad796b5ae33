#compdef gadgetctl
# zsh completion for gadgetctl: the bash functions, through zsh's compatibility layer.
autoload -U +X bashcompinit && bashcompinit
source <(gadgetctl completion bash)
