#!/bin/bash
# coverage.sh - which lines of lib/ and entrypoint/ the suites unit, integration and pid1 run: a build of
# its own in $BUILD/coverage, and a table with a line for each file and the total. COVERAGE_SUITES
# names fewer. The suites' verdict is told and does not count here: gcov says on stderr when a process
# in a bare root, or of another user, cannot keep its counts, and some tests look there.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
where=$BUILD/coverage
mkdir -p "$where"
${CC:-cc} -c -o "$where/covered_exit.o" tests/support/covered_exit.c || exit 1
export LDFLAGS="-Wl,--wrap=_exit $PWD/$where/covered_exit.o"

covered() {
    make -s --no-print-directory -j "$(nproc)" BUILD="$where" OPTIMIZE='-O0 -g' FORTIFY= \
        SANITIZE='--coverage -fprofile-update=atomic' "$@"
}

find "$where" -name '*.gcda' -delete
covered all build-tests || exit 1
for suite in ${COVERAGE_SUITES:-unit integration pid1}; do
    covered "$suite"
done
gcovr --root . --filter 'lib/' --filter 'entrypoint/' "$where"
