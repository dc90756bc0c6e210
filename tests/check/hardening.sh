#!/bin/bash
# Both programs are what the flags promise. Dynamic: PIE, full RELRO, immediate binding, stack
# protector, fortified calls. Static: at a fixed address, for the reasons in static/README.md, without
# a dynamic section, and protected alike. Neither has memory that is both written and run, text that is
# relocated, or a folder of its own to load libraries from.
set -euo pipefail
make -s --no-print-directory static >/dev/null
failed=0

complain() {
    echo "hardening: $*"
    failed=1
}

want() { # what, pattern, text
    grep -qE "$2" <<<"$3" || complain "$program: no $1"
}

refuse() { # what, pattern, text
    ! grep -qE "$2" <<<"$3" || complain "$program: $1"
}

check_memory() {
    segments=$(readelf -Wl "$program")
    want 'RELRO' 'GNU_RELRO' "$segments"
    want 'non-executable stack' 'GNU_STACK.* RW ' "$segments"
    refuse 'memory that is written and run' 'LOAD.* RWE ' "$segments"
}

# The canary lies at %fs:0x28 on amd64; elsewhere its name in the symbols has to do.
check_protector() {
    [ "$(uname -m)" = x86_64 ] || return 0
    local functions
    functions=$(objdump -d --no-show-raw-insn "$program" | grep -c '%fs:0x28') || true
    [ "$functions" -gt 200 ] || complain "$program: only $functions uses of the stack's canary"
}

program=$MIGRINIT
check_memory
check_protector
dynamic=$(readelf -Wd "$program")
symbols=$(readelf -W --dyn-syms "$program")
want 'PIE' 'Type: *DYN' "$(readelf -Wh "$program")"
want 'immediate binding' 'FLAGS.*NOW' "$dynamic"
want 'stack protector' '__stack_chk_fail' "$symbols"
want 'fortified calls' '_chk@' "$symbols"
refuse 'text relocations' 'TEXTREL' "$dynamic"
refuse 'a path of libraries' '(RPATH|RUNPATH)' "$dynamic"

program=$BUILD/static/migrinit
check_memory
check_protector
want 'fixed address' 'Type: *EXEC' "$(readelf -Wh "$program")"
refuse 'a dynamic section or an interpreter' '(DYNAMIC|INTERP)' "$segments"
want 'freedom from relocations' 'no relocations' "$(readelf -Wr "$program")"
exit $failed
