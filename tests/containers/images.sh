#!/bin/bash
# images.sh - what the tests run, into the storage that CONTAINERS_STORAGE_CONF names: a Debian 12,
# the image of the top folder's Dockerfile, a database, and an app. No registry is asked: the Debian
# is made of its packages, and called what the Dockerfiles call it.
set -euo pipefail
debian=debian:bookworm-slim
rootfs=.cache/containers/debian-12.tar

# The mirror that this machine's apt uses for "debian" or "debian-security".
mirror() {
    # shellcheck disable=SC2016 # apt's variable, not the shell's
    apt-get indextargets --format '$(REPO_URI)' | grep -m 1 "/$1/\$" ||
        echo "http://deb.debian.org/$1/"
}

sources() {
    local options='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]' main security
    main=$(mirror debian)
    security=$(mirror debian-security)
    echo "deb $options $main bookworm main"
    echo "deb $options $main bookworm-updates main"
    echo "deb $options $security bookworm-security main"
}

make_rootfs() {
    local new=.cache/containers/new.$$.tar
    mkdir -p "${rootfs%/*}"
    sources | mmdebstrap --variant=minbase --aptopt='Acquire::Retries "3"' bookworm "$new" -
    mv "$new" "$rootfs"
}

build() {
    podman build -q --format docker --pull=never --network=host "$@"
}

step() {
    local started=$SECONDS
    "$@"
    echo "image: ${*: -1} ($((SECONDS - started)) s)"
}

import_debian() { # name
    podman image exists "$1" && return
    [ -f "$rootfs" ] || make_rootfs
    podman import -q --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        --change 'CMD ["bash"]' "$rootfs" "localhost/$1"
}

# The libraries are those of `make static`, where their versions and the way they are built are the
# same; their layer takes minutes otherwise.
build_migrinit() { # name
    local libraries=(-v "$PWD/.cache/static:/src/.cache/static:ro")
    [ -z "${FROM_SOURCE:-}" ] || libraries=(--no-cache)
    build "${libraries[@]}" -t "$1" .
}

build_app() { # name
    local context
    context=$(mktemp -d)
    cp -r tests/containers/images/app/. "$BUILD/tests/support/app" "$context"
    build -t "$1" "$context"
    rm -r "$context"
}

step import_debian $debian
step build_migrinit migrinit
step build -f tests/containers/images/database.Dockerfile tests/containers/images -t database
step build_app app
