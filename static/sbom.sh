#!/bin/bash
# sbom.sh VERSION PREFIX - what is in the static binary, as CycloneDX 1.6 JSON: name, version, licence,
# where the source was had and its SHA-256. No time and no number of its own: the same build gives
# the same bytes. https://cyclonedx.org/docs/1.6/json/
set -euo pipefail
version=$1 prefix=$2
sources=$(dirname "$0")/sources.txt

# As the national vulnerability database has it: vendor and product. inih and libev have no entry there.
declare -A known_as=([musl]=musl-libc:musl [openssl]=openssl:openssl [postgresql]=postgresql:postgresql
    [jansson]=jansson_project:jansson)

# What is not as its authors have it; build-deps.sh does it.
declare -A changes=([postgresql]="the default folder of sockets is /var/run/postgresql; SCRAM's salted password is OpenSSL's PBKDF2")

pedigree() { # name
    [ -z "${changes[$1]:-}" ] || printf '"pedigree": {"notes": "%s"}, ' "${changes[$1]}"
}

cpe() { # name, version
    [ -z "${known_as[$1]:-}" ] || printf '"cpe": "cpe:2.3:a:%s:%s:*:*:*:*:*:*:*", ' "${known_as[$1]}" "$2"
}

source_of() { # name, version: SHA-256 and URL
    awk -v name="$1" -v version="$2" '$1 == name && $2 == version {print $4, $6}' "$sources"
}

component() { # name, version, licence
    local sha256 url
    read -r sha256 url < <(source_of "$1" "$2")
    printf '    {"type": "library", "bom-ref": "%s", "name": "%s", "version": "%s", ' "$1" "$1" "$2"
    printf '"licenses": [{"license": {"id": "%s"}}], ' "$3"
    printf '"purl": "pkg:generic/%s@%s", ' "$1" "$2"
    cpe "$1" "$2"
    pedigree "$1"
    printf '"externalReferences": [{"type": "source-distribution", "url": "%s", ' "$url"
    printf '"hashes": [{"alg": "SHA-256", "content": "%s"}]}]},\n' "$sha256"
}

# The compiler's own part: start files, and the functions that its code calls.
compiler_component() {
    printf '    {"type": "library", "bom-ref": "libgcc", "name": "libgcc", "version": "%s", ' \
        "$("${CC:-cc}" -dumpfullversion)"
    printf '"licenses": [{"expression": "GPL-3.0-or-later WITH GCC-exception-3.1"}]}\n'
}

refs=
while read -r name _; do
    [ "$name" = cmocka ] || refs+="\"$name\", "
done <"$prefix/libraries"

cat <<JSON
{
  "\$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "metadata": {
    "component": {"type": "application", "bom-ref": "migrinit", "name": "migrinit", "version": "$version",
      "licenses": [{"license": {"id": "MIT"}}], "purl": "pkg:generic/migrinit@$version"}
  },
  "components": [
JSON
while read -r name number licence; do
    [ "$name" = cmocka ] || component "$name" "$number" "$licence" # of the tests
done <"$prefix/libraries"
compiler_component
cat <<JSON
  ],
  "dependencies": [{"ref": "migrinit", "dependsOn": [$refs"libgcc"]}]
}
JSON
