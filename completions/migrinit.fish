# fish completion of migrinit. The words are those of `migrinit --help`, read when this file is: they
# are never older or newer than the program.

# One line each: "verb NAME TEXT", "own VERB OPTION [NAME]", "setting NAME VALUE TEXT", tabs between.
function __migrinit_words
    command migrinit --help 2>/dev/null | awk '
        function flush() {
            sub(/[:;(].*/, "", text)
            if (name != "")
                print "setting\t" name "\t" value "\t" text
            name = ""
        }
        /^Exit code:/ { exit }
        /^Settings, with/ { is_table = 1 }
        /^(Usage:)? *migrinit / {
            verb = "-"
            for (i = 1; i <= NF; i++) {
                word = $i
                gsub(/[][]/, "", word)
                has_name = sub(/=NAME$/, "", word) || $(i + 1) == "NAME"
                if (word ~ /^--[a-z]/)
                    print "own\t" verb "\t" substr(word, 3) (has_name ? "\tNAME" : "")
                else if (word ~ /^[a-z]+$/ && word != "migrinit" && word != "options")
                    verb = word
            }
            next
        }
        !is_table && /^  [a-z]+ / {
            word = $1
            sub(/^  [a-z]+( \[N\])? */, "")
            print "verb\t" word "\t" $0
        }
        /^  --config=/ || (is_table && /^  --/) {
            flush()
            split(substr($1, 3), part, "=")
            name = part[1]
            value = part[2]
            text = is_table ? "" : "the INI file"
            next
        }
        is_table && /^      / && text == "" { sub(/^ */, ""); text = $0 }
        END { flush() }'
end

set -l words (__migrinit_words)
set -g __migrinit_verbs (string match -r '^verb\t.*' $words | string split -f 2 \t)
# Options whose value may be the next word.
set -g __migrinit_valued -e -p --(string match -r '^setting\t.*' $words | string match -v -r '\tBOOL\t' | string split -f 2 \t)

# The first word that is no option, and no value of one: the verb, or COMMAND, or the -- before it.
function __migrinit_first_word
    set -l is_value false
    for word in (commandline -opc)[2..]
        if $is_value
            set is_value false
            continue
        end
        switch $word
            case --
                echo -- --
                return
            case '-*'
                contains -- $word $__migrinit_valued && set is_value true
            case '*'
                echo -- $word
                return
        end
    end
end

# Behind this verb; "-" is behind none yet.
function __migrinit_is_at
    set -l first (__migrinit_first_word)
    test -n "$first" || set first -
    test "$first" = $argv[1]
end

function __migrinit_is_before_command
    set -l first (__migrinit_first_word)
    test -z "$first" || contains -- $first $__migrinit_verbs
end

complete -c migrinit -f
complete -c migrinit -n 'not __migrinit_is_before_command || __migrinit_is_at -' -a '(__fish_complete_subcommand)'
printf '%s\n' $words | while read -l -d \t kind name value text
    set -l before -n __migrinit_is_before_command
    switch $kind
        case verb
            complete -c migrinit -n '__migrinit_is_at -' -a $name -d "$value"
        case own
            complete -c migrinit -n "__migrinit_is_at $name" -l $value (test -n "$text" && echo -- -x)
        case setting
            switch $value
                case BOOL
                    complete -c migrinit $before -l $name -xa 'true false' -d "$text"
                case TEXT FILE
                    complete -c migrinit $before -l $name -r -F -d "$text"
                case '*|*'
                    complete -c migrinit $before -l $name -xa (string replace -a '|' ' ' $value) -d "$text"
                case '*'
                    complete -c migrinit $before -l $name -x -d "$text"
            end
    end
end
