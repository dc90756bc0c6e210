#!/bin/bash
# fuzz.sh [SECONDS [TARGET...]] - the fuzz targets built with clang's sanitizers and run: their corpus,
# then SECONDS (5) of new inputs each.
set -uo pipefail
export BUILD=${BUILD:-build}
make -s --no-print-directory -j "$(nproc)" BUILD="$BUILD/fuzz" CC=clang OPTIMIZE='-O1 -g' FORTIFY= \
    SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer' \
    fuzz-targets || exit 1
exec tests/fuzz/run.sh "${1:-5}" "${@:2}"
