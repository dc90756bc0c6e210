#!/bin/bash
# Foreign headers are not looked into. net.c measures with snprintf(NULL, 0), which cppcheck 2.10 does
# not know.
set -euo pipefail
mkdir -p "$BUILD/cppcheck"
cppcheck --quiet --std=c11 --language=c --error-exitcode=1 -j "$(nproc)" \
    --cppcheck-build-dir="$BUILD/cppcheck" \
    --enable=warning,performance,portability \
    --suppress=missingInclude --suppress=missingIncludeSystem --suppress=ctunullpointer:lib/sys/net.c --inline-suppr \
    --suppress=nullPointer:lib/sys/net.c \
    -D_GNU_SOURCE -DMIGRINIT_VERSION='"check"' -DMIGRINIT_LICENCES='"check"' -D__linux__ -Ilib -I. lib entrypoint
