#!/bin/bash
# coverage.sh - which lines of lib/ and entrypoint/ the suites unit, integration and pid1 run: a build of
# its own in $BUILD/coverage, and a table with a line for each file and the total. COVERAGE_SUITES
# names fewer. The suites' verdict is told and does not count here: gcov says on stderr when a process
# in a bare root, or of another user, cannot keep its counts, and some tests look there. What is killed
# has not kept them either; the preparer, which ends by _exit(), has (covered_exit.c).
#
# Left out is one kind of line, the arm for an allocation that failed, which stands alone as
# `memory_exhausted();`: tests/fault/test_allocations.py goes through those.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
where=$BUILD/coverage
# A suite that hangs is ended; what it has counted by then is shown.
limit_s=${COVERAGE_LIMIT_S:-1500}
mkdir -p "$where"
${CC:-cc} -c -o "$where/covered_exit.o" tests/support/covered_exit.c || exit 1
export LDFLAGS="-Wl,--wrap=_exit $PWD/$where/covered_exit.o"
# The program is slower here, and each process that ends writes a file for each source.
export TEST_DEADLINE=${TEST_DEADLINE:-60}

covered() {
    timeout "$limit_s" make -s --no-print-directory -j "$(nproc)" BUILD="$where" OPTIMIZE='-O0 -g' FORTIFY= \
        SANITIZE='--coverage -fprofile-update=atomic' "$@"
}

find "$where" -name '*.gcda' -delete
covered all build-tests || exit 1
# Some runs are by other users, whose counts belong to the same files.
umask 0
find "$where" -type d -exec chmod a+rwx {} +
for suite in ${COVERAGE_SUITES:-unit integration pid1}; do
    covered "$suite"
done
gcovr --root . --filter 'lib/' --filter 'entrypoint/' --exclude-lines-by-pattern '^ *memory_exhausted\(\);$' "$where"
