#!/bin/bash
# The program is what the flags promise: PIE, full RELRO, no executable stack, stack protector,
# fortified calls.
set -uo pipefail
program=$MIGRINIT
failed=0
want() { # name, pattern, text
    if ! grep -qE "$2" <<<"$3"; then
        echo "hardening: no $1"
        failed=1
    fi
}
header=$(readelf -Wh "$program")
segments=$(readelf -Wl "$program")
dynamic=$(readelf -Wd "$program")
symbols=$(readelf -W --dyn-syms "$program")
want 'PIE' 'Type: *DYN' "$header"
want 'RELRO' 'GNU_RELRO' "$segments"
want 'immediate binding' 'NOW' "$dynamic"
want 'non-executable stack' 'GNU_STACK.* RW ' "$segments"
want 'stack protector' '__stack_chk_fail' "$symbols"
want 'fortified calls' '_chk@' "$symbols"
exit $failed
