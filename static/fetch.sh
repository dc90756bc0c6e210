#!/bin/bash
# fetch.sh FOLDER NAME - the source tarball of NAME into FOLDER, whole by its SHA-256; prints its row
# of sources.txt, and its file. Asks, in this order: FOLDER itself, the Debian mirror that apt uses,
# the authors' own place; and then the same for the name's next row.
set -euo pipefail
folder=$1 name=$2
sources=$(dirname "$0")/sources.txt
helper=/usr/lib/apt/apt-helper
mkdir -p "$folder"

is_whole() { # file, sha256
    [ -f "$1" ] && sha256sum --status -c <<<"$2  $1"
}

# The mirror of this machine's own sources, when it has one: "http://deb.debian.org".
mirror() {
    local uri=
    # shellcheck disable=SC2016 # apt's variable, not the shell's
    [ ! -x $helper ] || uri=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
        grep -m 1 -E '/debian/$' || true)
    [ -n "$uri" ] || uri=http://deb.debian.org/debian/
    echo "${uri%/debian/}"
}

# With apt's own proxies and certificates where there is apt.
download() { # url, file
    if [ -x $helper ]; then
        $helper -o APT::Sandbox::User=root -o Acquire::Retries=2 download-file "$1" "$2"
    elif command -v curl; then
        curl -fsSL --retry 2 -o "$2" "$1"
    else
        wget -q -O "$2" "$1"
    fi
}

fetch() { # url, file, sha256
    echo "fetching $1" >&2
    if download "$1" "$2.part" >"$2.log" 2>&1 && is_whole "$2.part" "$3"; then
        mv "$2.part" "$2"
        rm -f "$2.log"
        return 0
    fi
    rm -f "$2.part"
    echo "    it did not arrive, or is not what is pinned: $2.log" >&2
    return 1
}

while read -r row_name version licence sha256 pool upstream; do
    [ "$row_name" = "$name" ] || continue
    file=$folder/${pool##*/}
    if is_whole "$file" "$sha256" ||
        fetch "$(mirror)/$pool" "$file" "$sha256" || fetch "$upstream" "$file" "$sha256"; then
        echo "$name $version $licence $file"
        exit 0
    fi
done < <(grep -v '^#' "$sources")
echo "fetch.sh: no tarball of $name can be had, see $sources" >&2
exit 1
