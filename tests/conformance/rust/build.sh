#!/bin/bash
# build.sh - the engines of sqlx and diesel, as programs that the conformance tests run. They go to
# .cache/rust/KEY/, where KEY is that of the sources beside this one; the path is printed. Does
# nothing else, and needs no network, when they are there.
#
# The crates that Cargo.lock names come from Debian 13, whose packages carry their sources; nothing
# of them is installed. The compiler is this Debian's own (make deps).
set -euo pipefail
cd "$(dirname "$0")"

release=http://deb.debian.org/debian
suite=trixie
cache=$(cd ../../.. && pwd)/.cache/rust
folder=$cache/$(uname -m)-$(sha256sum Cargo.toml Cargo.lock ./*.rs | sha256sum | cut -c 1-16)

die() {
    echo "build.sh: $*" >&2
    exit 1
}

# apt-get with lists and a status of its own; the machine's proxies and keys are kept.
apt_get() {
    apt-get -qq -o Dir::State="$work/apt" -o Dir::State::status="$work/apt/status" \
        -o Dir::Cache="$work/apt" -o Dir::Etc::SourceList="$work/apt/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
        -o Dir::Etc::PreferencesParts=/dev/null -o APT::Sandbox::User=root \
        -o Acquire::Languages=none -o Acquire::Retries=3 "$@" </dev/null
}

# Each crate that Cargo.lock names is in a package of its name.
packages() {
    sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.lock | grep -vx engines | tr _A-Z -a-z |
        sed 's/.*/librust-&-dev/'
}

fetch_crates() {
    local names
    mapfile -t names < <(packages)
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/debs" "$work/root"
    : >"$work/apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $release $suite main" \
        >"$work/apt/sources.list"
    apt_get update || die "no list of packages from $release $suite"
    (cd "$work/debs" && apt_get download "${names[@]}") ||
        die "$suite has not all of the $(wc -l < <(packages)) packages that Cargo.lock stands for"
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/root"
    done
}

# Of the machine's Rust, if it has another, nothing is used.
build() {
    mkdir "$work/home"
    cat >"$work/home/config.toml" <<CONFIG
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "$work/root/usr/share/cargo/registry"
CONFIG
    env -u RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_HOME="$work/home" RUSTC=/usr/bin/rustc \
        CARGO_TARGET_DIR="$work/target" /usr/bin/cargo build --quiet --offline --locked ||
        die "the engines were not built; where $suite has other versions by now, Cargo.lock must" \
            "follow: cargo generate-lockfile --offline with the same source"
}

main() {
    if [ ! -x "$folder/sqlx" ] || [ ! -x "$folder/diesel" ]; then
        [ -x /usr/bin/cargo ] || die "no /usr/bin/cargo: make deps installs it"
        mkdir -p "$cache"
        work=$(mktemp -d "$cache/build.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        echo "build.sh: the engines of sqlx and diesel, once: a minute or two" >&2
        {
            fetch_crates
            build
        } >&2
        mkdir "$work/programs"
        mv "$work"/target/debug/{sqlx,diesel} "$work/programs/"
        rm -rf "$folder"
        mv -T "$work/programs" "$folder"
    fi
    echo "$folder"
}

main
