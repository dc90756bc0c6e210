#!/bin/bash
# docs/state-machine.md is what the program's own table says.
set -euo pipefail
make -s --no-print-directory "$BUILD/tests/support/machine_page"
"$BUILD/tests/support/machine_page" | diff -u docs/state-machine.md - || {
    echo "docs/state-machine.md is not what entrypoint/machine.c says: make docs-machine"
    exit 1
}
