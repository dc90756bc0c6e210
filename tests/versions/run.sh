#!/bin/bash
# run.sh PYTEST_ARGS [TEST...] - what needs a server against each PostgreSQL of servers.txt, one after
# the other: the C tests given, tests/integration with PYTEST_ARGS, and of tests/pid1 what asks for a
# database. VERSIONS="12 18" takes these alone. Each leaves two counts, integration-pgMAJOR and pid1-pgMAJOR.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
arguments=$1
shift
: "${VERSIONS:=$(sed -n 's/^\([0-9]*\)\..*/\1/p' tests/versions/servers.txt)}"
failed=0

# suite, folder, arguments of pytest, C tests
run_suite() {
    local suite=$1 folder=$2 words=$3
    shift 3
    tests/support/suite.sh "$suite" tests/support/both.sh "$folder" "$words" "$@" || failed=1
}

for major in $VERSIONS; do
    if ! PG_BIN=$(tests/versions/install.sh "$major"); then
        tests/support/suite.sh --one "integration-pg$major" false
        failed=1
        continue
    fi
    export PG_BIN
    "$PG_BIN/postgres" --version
    run_suite "integration-pg$major" tests/integration "$arguments" "$@"
    run_suite "pid1-pg$major" tests/pid1 --with-server
done
exit $failed
