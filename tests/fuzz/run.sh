#!/bin/bash
# run.sh SECONDS [TARGET...] - the fuzz targets: first their corpus once more, then new inputs for
# SECONDS each (0: only the corpus). An input that fails is kept in $BUILD/fuzz/failed; make it a unit
# test, and put it into tests/fuzz/corpus when it is mended.
set -uo pipefail
seconds=$1
shift
fuzz=$BUILD/fuzz
status=0
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1

if [ $# = 0 ]; then
    for source in tests/fuzz/*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi

# TARGET SEEDS... - one line for what came of it
run_target() {
    local target=$1 log=$fuzz/$1.log args=(-timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1)
    shift
    mkdir -p "$fuzz/found/$target" "$fuzz/failed"
    args+=("-artifact_prefix=$fuzz/failed/$target-")
    [ -e "tests/fuzz/$target.dict" ] && args+=("-dict=tests/fuzz/$target.dict")
    if [ "$seconds" = 0 ]; then args+=(-runs=0); else args+=("-max_total_time=$seconds"); fi
    if "$fuzz/tests/fuzz/$target" "${args[@]}" "$fuzz/found/$target" "$@" >"$log" 2>&1; then
        echo "ok - fuzz $target ($(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs)"
    else
        echo "not ok - fuzz $target"
        grep -vE '^#[0-9]+|^INFO|NEW_FUNC' "$log" | tail -60
        status=1
    fi
}

for target in "$@"; do
    seeds=("tests/fuzz/corpus/$target")
    case $target in
    formats)
        /usr/bin/python3 tests/fuzz/folders.py "$fuzz/folders"
        seeds+=("$fuzz/folders")
        ;;
    esac
    run_target "$target" "${seeds[@]}"
done
exit $status
