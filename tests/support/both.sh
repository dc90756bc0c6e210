#!/bin/bash
# both.sh FOLDER PYTEST_ARGS [TEST...] - the C tests given, then the folder's pytest files. Fails if
# one of them did.
folder=$1
args=()
eval "args=($2)"
shift 2
status=0
[ $# = 0 ] || tests/support/unit.sh "$@" || status=1
/usr/bin/python3 -m pytest -q -p no:cacheprovider "$folder" "${args[@]}" || status=1
exit $status
