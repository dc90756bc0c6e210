#!/bin/bash
# All tests again with AddressSanitizer and UndefinedBehaviorSanitizer. Their counts are results of
# their own, in build/asan/results. Leaks are looked for in the unit tests: the program's processes
# give their memory back by ending.
set -uo pipefail
export ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# A fork costs a sanitized process several times as much.
export TEST_ORPHANS=1000
failed=0
sanitized() {
    make -s --no-print-directory -j "$(nproc)" BUILD="$BUILD/asan" OPTIMIZE='-O1 -g' FORTIFY= \
        SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' \
        "$@" || failed=1
}
sanitized all build-tests
sanitized unit
ASAN_OPTIONS+=:detect_leaks=0
for suite in integration pid1 differential; do
    sanitized "$suite"
done
exit $failed
