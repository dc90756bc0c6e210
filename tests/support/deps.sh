#!/bin/bash
# deps.sh PACKAGE... - install what is missing: Debian packages, then the tools that tests compare
# with. Does nothing, and needs no network, when everything is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$'
}

# Nothing goes to make room: Docker's own packages and Debian's containers exclude each other.
install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        --no-remove "$@" </dev/null
}

missing=()
for package in "$@"; do
    is_installed "$package" || missing+=("$package")
done
command -v npm >/dev/null || missing+=(npm)

if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    as_root apt-get update -q </dev/null
    # The server's package would make and start a cluster of its own; the tests bring their own.
    if [[ " ${missing[*]} " = *" postgresql-15 "* ]]; then
        install_packages postgresql-common
        dropin=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
        if [ ! -e "$dropin" ]; then
            as_root mkdir -p "${dropin%/*}"
            echo 'create_main_cluster = false' | as_root tee "$dropin" >/dev/null
            trap 'as_root rm -f "$dropin"' EXIT
        fi
    fi
    install_packages "${missing[@]}"
fi

tools=.cache/npm
if ! cmp -s tests/npm/package.json $tools/package.json || [ ! -d $tools/node_modules ]; then
    mkdir -p $tools
    cp tests/npm/package.json $tools/package.json.new
    mv $tools/package.json.new $tools/package.json
    if ! (cd $tools && npm install --no-package-lock --no-audit --no-fund </dev/null); then
        rm -f $tools/package.json
        echo "deps: npm could not install the tools of tests/npm/package.json" >&2
        exit 1
    fi
fi
echo "deps: everything is installed"
