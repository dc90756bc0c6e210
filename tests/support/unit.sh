#!/bin/bash
# unit.sh TEST... - run cmocka tests, TAP on stdout. A test that crashes counts as one more failure.
status=0
for test in "$@"; do
    echo "# $test"
    ${UNIT_WRAPPER:-} env CMOCKA_MESSAGE_OUTPUT=TAP "$test"
    code=$?
    if [ $code != 0 ]; then
        status=1
        [ $code -lt 126 ] || echo "not ok - $test ended with $code"
    fi
done
exit $status
