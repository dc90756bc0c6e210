#!/bin/bash
# The rules of the house, as the includes show them: an include never climbs a storey, every foreign
# library has one door, and a secret is opened in one room.
set -uo pipefail
shopt -s nullglob
failed=0

complain() {
    echo "house: $*"
    failed=1
}

# What each wing may include, beside itself.
declare -A may=(
    [base]=""
    [sys]="base"
    [conf]="base"
    [sql]="base"
    [formats]="base sql"
    [pg]="base sys conf sql"
    [migrate]="base sys conf sql formats pg"
    [entrypoint]="base sys conf sql formats pg migrate"
)

for file in lib/*/*.[ch] entrypoint/*.[ch]; do
    wing=${file#lib/}
    wing=${wing%%/*}
    if [ -z "${may[$wing]+known}" ]; then
        complain "$file: lib/$wing is no wing of the plan"
        continue
    fi
    while IFS=: read -r line include; do
        target=${include%%/*}
        case " $wing ${may[$wing]} " in
        *" $target "*) ;;
        *) complain "$file:$line: $wing must not include \"$include\"" ;;
        esac
    done < <(grep -nE '^ *# *include *"' "$file" | sed -E 's/^([0-9]+):.*"([^"]*)".*/\1:\2/')
done

# header, where it may be included
door() {
    local header=$1 hit
    shift
    while IFS= read -r hit; do
        local file=${hit%%:*} allowed=false room
        for room in "$@"; do
            # shellcheck disable=SC2053 # a pattern on purpose
            [[ $file == $room ]] && allowed=true
        done
        $allowed || complain "$hit: only $* may"
    done < <(grep -nE "^ *# *include *[<\"]$header" lib/*/*.[ch] entrypoint/*.[ch] /dev/null)
}

door 'libpq' 'lib/pg/*'
door 'postgresql/' 'lib/pg/*'
door 'ev\.h' lib/pg/wait.c entrypoint/loop.c
door 'ini\.h' lib/conf/ini.c
door 'jansson\.h' lib/base/json.c
door 'openssl/' lib/base/digest.c

while IFS= read -r hit; do
    case $hit in
    lib/base/secret.[ch]:* | lib/pg/conn.c:*) ;;
    *) complain "$hit: only lib/pg/conn.c opens a secret" ;;
    esac
done < <(grep -nE '\b(secret_reveal *\(|\.hidden\b|->hidden\b)' lib/*/*.[ch] entrypoint/*.[ch])

exit $failed
