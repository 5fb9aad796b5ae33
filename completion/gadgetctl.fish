# fish completion for gadgetctl
function __gadgetctl_words
    set -l words (commandline -opc)
    set -e words[1]
    string match -v -- '-*' $words
end

function __gadgetctl_flags
    gadgetctl (__gadgetctl_words) --help 2>/dev/null | string match -ar -- '--[A-Za-z][A-Za-z0-9_-]*' | sort -u
end

function __gadgetctl_subcommands
    gadgetctl (__gadgetctl_words) --help 2>/dev/null | string match -r '^  [a-z][a-z-]*[, ].*' | string replace -r '^  ([a-z-]+)[^ ]*(?: [a-z]+)?\s{2,}(.*)' '$1\t$2'
end

function __gadgetctl_images
    gadgetctl image list 2>/dev/null | awk 'NR > 1 { print $2 == "latest" ? $1 : $1 ":" $2 }'
end

complete -c gadgetctl -f
complete -c gadgetctl -n 'test (count (__gadgetctl_words)) -eq 0' -a '(__gadgetctl_subcommands)'
complete -c gadgetctl -n 'test "$(__gadgetctl_words)[1]" = image; and test (count (__gadgetctl_words)) -eq 1' -a '(__gadgetctl_subcommands)'
complete -c gadgetctl -n '__fish_seen_subcommand_from run probe inspect rmi tag remove export' -F -a '(__gadgetctl_images)'
complete -c gadgetctl -n '__fish_seen_subcommand_from build init import test' -F
complete -c gadgetctl -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c gadgetctl -n 'string match -q -- "-*" (commandline -ct)' -a '(__gadgetctl_flags)'
complete -c gadgetctl -n '__fish_seen_subcommand_from doctor probe' -s o -l output -x -a 'table json'
complete -c gadgetctl -n 'not __fish_seen_subcommand_from doctor probe' -s o -l output -x -a 'columns json jsonpretty yaml tree none'
