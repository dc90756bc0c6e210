#!/bin/bash
# suite.sh [--one] NAME COMMAND... - run a suite into $BUILD/ci/NAME.log, count its results, and say
# so in one line. Understands TAP and pytest; --one counts the command itself as one test. The
# counts go to $BUILD/results/NAME, where .ci/run adds them up. With CI set, a skipped test failed.
# V=1 shows the log as it grows.
set -uo pipefail

one=false
if [ "$1" = --one ]; then
    one=true
    shift
fi
name=$1
shift
log=$BUILD/ci/$name.log
mkdir -p "$BUILD/ci" "$BUILD/results"
rm -f "$BUILD/results/$name"

started=$SECONDS
if [ -n "${V:-}" ]; then
    "$@" </dev/null 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
else
    "$@" </dev/null >"$log" 2>&1
    status=$?
fi

passed=0 failed=0 skipped=0
if $one; then
    if [ "$status" = 0 ]; then passed=1; else failed=1; fi
else
    # Last word of pytest: "3 failed, 20 passed, 1 skipped, 1 error in 4.2s"
    summary=$(grep -E '^(=+ )?[0-9]+ [a-z]+.* in [0-9.]+s' "$log" | tail -n 1)
    count_word() { grep -oE "[0-9]+ $1" <<<"$summary" | grep -oE '^[0-9]+' || echo 0; }
    if [ -n "$summary" ]; then
        passed=$(count_word passed)
        failed=$(($(count_word failed) + $(count_word error)))
        skipped=$(($(count_word skipped) + $(count_word xfailed)))
    fi
    skipped=$((skipped + $(grep -ciE '^ok .*# *skip' "$log")))
    passed=$((passed + $(grep -E '^ok( |$)' "$log" | grep -civE '# *skip')))
    failed=$((failed + $(grep -cE '^not ok( |$)' "$log")))
    # It fell over without saying which test did, or ran nothing at all.
    if [ "$failed" = 0 ] && { [ "$status" != 0 ] || [ $((passed + skipped)) = 0 ]; }; then
        failed=1
    fi
fi
if [ -n "${CI:-}" ]; then
    failed=$((failed + skipped))
fi
echo "$passed $failed" >"$BUILD/results/$name"

line="$name: $passed passed, $failed failed"
[ "$skipped" = 0 ] || line+=", $skipped skipped"
echo "$line ($((SECONDS - started)) s)"
if [ "$failed" != 0 ]; then
    if [ -z "${V:-}" ]; then
        { grep -E -B 8 '^not ok' "$log"; tail -n "${TAIL:-60}" "$log"; } | sed 's/^/    /'
    fi
    echo "    ... all of it is in $log"
    exit 1
fi
