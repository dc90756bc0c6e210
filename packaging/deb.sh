#!/bin/bash
# deb.sh VERSION BUILD - BUILD/migrinit_VERSION_ARCH.deb: what `make install` installs, with dependencies
# as dpkg-shlibdeps finds them, so for the Debian release that it is built on. The same tree gives the
# same bytes: all times are SOURCE_DATE_EPOCH, or that of the last change; without git, that of CHANGELOG.md.
set -euo pipefail
version=$1 build=$2
maintainer=${DEB_MAINTAINER:-migrinit maintainers <migrinit@migrinit.invalid>}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
architecture=$(dpkg --print-architecture)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/debian/migrinit
doc=$tree/usr/share/doc/migrinit

umask 022
mkdir -p "$tree/DEBIAN"
make -s --no-print-directory BUILD="$build" PREFIX=/usr DESTDIR="$tree" install
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/migrinit"

# Debian keeps them under other names: policy 12.3 to 12.7.
rm "$doc/LICENSE"
cat >"$doc/copyright" <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: migrinit

Files: *
Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE)
License: Expat
$(sed '1,/^Copyright/d' LICENSE | sed '1{/^$/d}; s/^$/./; s/^/ /')
COPYRIGHT
cat >"$scratch/changelog" <<CHANGELOG
migrinit ($version) unstable; urgency=medium

  * The changes are told in CHANGELOG.md of the source.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGELOG
gzip -9n <"$scratch/changelog" >"$doc/changelog.gz"
find "$tree/usr/share/man" -type f -exec gzip -9n {} +

cat >"$scratch/debian/control" <<CONTROL
Source: migrinit
Maintainer: $maintainer

Package: migrinit
Architecture: any
CONTROL
libraries=$(cd "$scratch" && dpkg-shlibdeps -O debian/migrinit/usr/bin/migrinit)

cat >"$tree/DEBIAN/control" <<CONTROL
Package: migrinit
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$tree/usr" | cut -f 1)
Depends: ${libraries#shlibs:Depends=}
Section: database
Priority: optional
Description: container init that waits for PostgreSQL and migrates
 For a container's ENTRYPOINT: waits until PostgreSQL lets it in, applies the
 pending migrations, once however many replicas start together, and then runs
 the app, as the init of a container should.
 .
 The folders and bookkeeping tables of dbmate, Drizzle, Flyway, golang-migrate,
 goose, Prisma, sqlx and others are read as they are; any other tool is run as
 a command under the same lock.
CONTROL
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

package=$build/migrinit_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package"
