#!/bin/bash
# gcc's own analyzer over the program; a finding is a warning, and warnings are errors.
set -euo pipefail
make -s --no-print-directory -j "$(nproc)" CC=gcc BUILD="$BUILD/analyzer" OPTIMIZE='-O2 -fanalyzer' \
    "$BUILD/analyzer/libmigrinit.a" "$BUILD/analyzer/libentrypoint.a" \
    "$BUILD/analyzer/entrypoint/main.o"
