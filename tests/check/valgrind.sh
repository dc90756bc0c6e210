#!/bin/bash
# The unit tests under valgrind: no invalid access, nothing lost.
set -euo pipefail
make -s --no-print-directory -j "$(nproc)" build-tests
export UNIT_WRAPPER='valgrind -q --error-exitcode=99 --leak-check=full
    --errors-for-leak-kinds=definite --child-silent-after-fork=yes'
find "$BUILD/tests/unit" -type f -perm -u+x -name 'test_*' -print0 |
    sort -z | xargs -0 -r tests/support/unit.sh
