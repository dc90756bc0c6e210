#!/bin/bash
# clang-tidy with the checks of .clang-tidy; any finding fails.
set -euo pipefail
find lib entrypoint -name '*.c' -print0 |
    xargs -0 -r -n 4 -P "$(nproc)" clang-tidy --quiet --warnings-as-errors='*' -p .
