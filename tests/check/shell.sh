#!/bin/bash
# Every shell script, found by its first line, through shellcheck; and every Python file compiles.
set -euo pipefail
git_or_find() {
    git ls-files -co --exclude-standard 2>/dev/null ||
        find . -path ./build -prune -o -path ./.cache -prune -o -type f -print
}
scripts=() pythons=()
while IFS= read -r file; do
    [ -f "$file" ] || continue
    case $file in *.py) pythons+=("$file") ;; esac
    if head -n 1 "$file" | grep -qaE '^#!.*\b(ba|da)?sh\b'; then
        scripts+=("$file")
    fi
done < <(git_or_find)
[ ${#scripts[@]} -gt 0 ]
shellcheck -x "${scripts[@]}"
/usr/bin/python3 - "${pythons[@]}" <<'PYTHON'
import ast, sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        ast.parse(f.read(), path)
PYTHON
