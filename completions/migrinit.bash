# bash completion of migrinit. The words are those of `migrinit --help` of the program that is being
# completed, so that they are never older or newer than it.

# The verbs; with a verb, its own options; with "-", the options that are no verb's. From the usage
# lines, where a verb stands before its options: "migrate | status [--json] | verify".
_migrinit_usage() { # help, verb
    awk -v wanted="$2" '
        /^(Usage:)? *migrinit / {
            verb = "-"
            for (i = 1; i <= NF; i++) {
                word = $i
                gsub(/[][]/, "", word)
                if (word ~ /^--[a-z]/ && verb == wanted)
                    print word
                if (word ~ /^[a-z]+$/ && word != "migrinit" && word != "options") {
                    verb = word
                    if (wanted == "")
                        print verb
                }
            }
        }' <<<"$1" | sed 's/=.*/=/'
}

# "--wait-timeout=TIME" of each setting; --config is as one of them.
_migrinit_settings() { # help
    grep -oE '^  --(config|[a-z]+-[a-z-]+)=[^ ]+' <<<"$1" | sed 's/^ *//; /^--rolled-back=/d'
}

_migrinit_values() { # help, option, what of the value is there
    local kind
    kind=$(_migrinit_settings "$1" | sed -n "s/^$2=//p")
    case $kind in
    BOOL) compgen -W 'true false' -- "$3" ;;
    FILE | TEXT) compgen -f -- "$3" ;;
    [a-z]*) compgen -W "${kind//|/ }" -- "$3" ;;
    esac
}

# Whether the value of this option is the next word.
_migrinit_takes_next() { # help, word
    [[ $2 == -[ep] ]] && return
    [[ $2 == --[a-z]* && $2 != *=* ]] && _migrinit_settings "$1" | grep -v '=BOOL$' | grep -q "^$2="
}

# The first word that is no option, and no value of one: the verb, or COMMAND.
_migrinit_first_word() { # help, words before the cursor
    local help=$1 word is_value=false
    shift
    for word; do
        if $is_value; then
            is_value=false
        elif _migrinit_takes_next "$help" "$word"; then
            is_value=true
        elif [[ $word != -?* || $word == -- ]]; then
            echo "$word"
            return
        fi
    done
}

_migrinit_options() { # help, verb
    _migrinit_settings "$1" | sed 's/=.*/=/'
    _migrinit_usage "$1" "${2:--}"
}

# COMMAND as if it were typed alone: by bash-completion, which knows many, where it is loaded.
_migrinit_command() { # first word, word to complete
    local i
    if ! declare -F _command_offset >/dev/null; then
        mapfile -t COMPREPLY < <(compgen -A command -A file -- "$2" | sort -u)
        return
    fi
    for ((i = 1; i <= COMP_CWORD; i++)); do
        [ "${COMP_WORDS[i]}" != "$1" ] || break
    done
    [ "$1" != -- ] || i=$((i + 1))
    _command_offset "$i"
}

_migrinit() {
    local help words word before first line=${COMP_LINE:0:COMP_POINT}
    help=$("$1" --help 2>/dev/null) || return
    read -ra words <<<"$line"
    word=
    if [[ $line != *[[:blank:]] ]]; then
        word=${words[-1]}
        unset 'words[-1]'
    fi
    before=${words[-1]}
    first=$(_migrinit_first_word "$help" "${words[@]:1}")
    COMPREPLY=()
    if [ -n "$first" ] && ! _migrinit_usage "$help" | grep -qxF -e "$first"; then
        _migrinit_command "$first" "$word"
    elif _migrinit_takes_next "$help" "$before"; then
        mapfile -t COMPREPLY < <(_migrinit_values "$help" "$before" "$word")
    elif [[ $word == --*=* ]]; then
        mapfile -t COMPREPLY < <(_migrinit_values "$help" "${word%%=*}" "${word#*=}")
        [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${word%%=*}=}")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_migrinit_options "$help" "$first")" -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
    elif [ -z "$first" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_migrinit_usage "$help")" -A command -- "$word" | sort -u)
    fi
}

complete -F _migrinit migrinit
