#!/bin/bash
# Built twice, in folders of different names, at different times, in another order and with another
# language, time zone and umask, the program has the same bytes; linked either way, with all that is
# installed beside it. The libraries of the static one are built once, by `make static`.
set -euo pipefail
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

copy_to() { # folder
    mkdir -p "$1"
    tar -c Makefile LICENSE lib entrypoint static | tar -xC "$1"
    ln -s "$root/.cache" "$1/.cache"
}

build_in() { # folder, jobs
    env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u MIGRINIT make -s -C "$1" -j "$2" all static >&2
}

hashes_of() { # folder
    (cd "$1" && sha256sum build/migrinit build/static/migrinit build/static/migrinit.cdx.json build/licences.txt)
}

one=$scratch/a two=$scratch/another-place-with-a-longer-name/b
copy_to "$one"
copy_to "$two"
LC_ALL=C TZ=UTC build_in "$one" "$(nproc)"
(umask 077 && LC_ALL=C.UTF-8 TZ=Pacific/Kiritimati build_in "$two" 1)
hashes_of "$one"
diff <(hashes_of "$one") <(hashes_of "$two")
