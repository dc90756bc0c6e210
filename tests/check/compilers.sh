#!/bin/bash
# Everything, tests too, without a warning from gcc and from clang; and unoptimized, which warns of
# other things.
set -euo pipefail
build() {
    local directory=$BUILD/$1
    shift
    make -s --no-print-directory -j "$(nproc)" BUILD="$directory" "$@" all build-tests
}
build gcc CC=gcc
build clang CC=clang
build gcc-O0 CC=gcc OPTIMIZE=-O0 FORTIFY=
