#!/bin/bash
# licences.sh PREFIX - the licence of migrinit, and those of the libraries in the static binary, whose
# texts have to go wherever it goes.
set -euo pipefail
prefix=$1

section() { # title, file
    printf '\n%s\n%s\n\n' "$1" "${1//?/=}"
    cat "$2"
}

section migrinit LICENSE
while read -r name version licence; do
    [ "$name" = cmocka ] || section "$name $version ($licence)" "$prefix/licences/$name"
done <"$prefix/libraries"
