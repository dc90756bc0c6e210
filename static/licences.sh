#!/bin/bash
# licences.sh [PREFIX] - the licence of migrinit, and those of the libraries in the static binary, whose
# texts have to go wherever it goes: `migrinit --license` prints them. Without PREFIX, of a build that
# has none of them in it.
set -euo pipefail
prefix=${1:-}

section() { # title, file
    printf '\n%s\n%s\n\n' "$1" "${1//?/=}"
    cat "$2"
}

section migrinit LICENSE
if [ -z "$prefix" ]; then
    cat <<'TEXT'

libraries
=========

This build loads libpq, libev, inih, jansson and OpenSSL's libcrypto from the system that it runs on.
They are not part of it, and come with licences of their own: on Debian in /usr/share/doc.
TEXT
    exit
fi
while read -r name version licence; do
    [ "$name" = cmocka ] || section "$name $version ($licence)" "$prefix/licences/$name"
done <"$prefix/libraries"
