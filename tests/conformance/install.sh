#!/bin/bash
# install.sh [TOOL...] - the npm tools that the conformance tests compare with: what
# tests/conformance/TOOL/package.json names goes to .cache/npm/TOOL. All of them when none is named.
# Does nothing, and needs no network, when everything is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

install_tool() {
    local wanted=tests/conformance/$1/package.json folder=.cache/npm/$1
    if cmp -s "$wanted" "$folder/package.json" && [ -d "$folder/node_modules" ]; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$wanted" "$folder/package.json"
    if ! (cd "$folder" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund </dev/null); then
        rm -f "$folder/package.json"
        echo "install: npm could not install the tools of $wanted" >&2
        exit 1
    fi
}

if [ $# = 0 ]; then
    for file in tests/conformance/*/package.json; do
        [ -e "$file" ] || continue
        set -- "$@" "$(basename "$(dirname "$file")")"
    done
fi
for tool in "$@"; do
    install_tool "$tool"
done
