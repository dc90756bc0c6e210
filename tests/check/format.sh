#!/bin/bash
# Every C file looks as .clang-format says; `make format` makes it so.
set -euo pipefail
find lib entrypoint static tests -name '*.[ch]' -print0 |
    xargs -0 -r clang-format --dry-run -Werror --ferror-limit=3
