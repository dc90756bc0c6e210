#!/bin/bash
# build-deps.sh PREFIX CACHE - a C library, a compiler for it, and the libraries that migrinit links,
# all static, into PREFIX; their licences into PREFIX/licences. Tarballs and logs are kept below
# CACHE. PREFIX appears whole or not at all. Nothing in here is particular to one kind of processor.
set -euo pipefail
prefix=$1
mkdir -p "$2" "${prefix%/*}"
cache=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
logs=$cache/log
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
out=$work/prefix
mkdir -p "$logs" "$out/lib" "$out/include" "$out/licences"
host_cc=${CC:-cc}
jobs=$(nproc)

# Small, and in sections of their own, so that the linker can leave out what is not called; at a fixed
# address, as README.md explains.
flags=(-Os -fno-pic -fno-pie -ffunction-sections -fdata-sections
    -fno-asynchronous-unwind-tables -fno-unwind-tables
    -fstack-protector-strong -fstack-clash-protection -fno-strict-overflow)

# Everything that a library's build says goes to its log; a failure shows the end of it.
library() { # name, licence file
    local name=$1 licence_file=$2 row file status log=$logs/$1.log started=$SECONDS
    row=$("$here/fetch.sh" "$cache/sources" "$name")
    file=${row##* }
    mkdir "$work/$name"
    tar -xf "$file" -C "$work/$name" --strip-components=1
    echo "building ${row% *}" >&2
    # Not in a condition: there a failing command would not end the function.
    set +e
    (set -ex && cd "$work/$name" && "build_$name") >"$log" 2>&1
    status=$?
    set -e
    if [ $status != 0 ]; then
        tail -n 40 "$log" | sed 's/^/    /' >&2
        echo "build-deps.sh: $name cannot be built, all of it is in $log" >&2
        return 1
    fi
    cp "$work/$name/$licence_file" "$out/licences/$name"
    echo "${row% *}" >>"$out/libraries"
    rm -rf "${work:?}/$name"
    echo "    $((SECONDS - started)) s" >&2
}

archive() { # archive, source...
    local target=$1
    shift
    "$cc" "${flags[@]}" "${defines[@]}" -c "$@"
    ar rcs "$out/lib/$target" ./*.o
}

build_musl() {
    CC=$host_cc ./configure --prefix="$out" --syslibdir="$out/lib" --disable-shared \
        --disable-wrapper --enable-optimize=size CFLAGS="${flags[*]}"
    make -j"$jobs" install
    mkdir -p "$out/bin"
    cp "$here/musl-cc" "$out/bin/musl-cc"
}

# Headers of the kernel, which no C library brings: OpenSSL asks for them.
link_kernel_headers() {
    local multiarch
    multiarch=$("$host_cc" -print-multiarch)
    ln -s /usr/include/linux "$out/include/linux"
    ln -s /usr/include/asm-generic "$out/include/asm-generic"
    ln -s "/usr/include/${multiarch:+$multiarch/}asm" "$out/include/asm"
}

# TLS 1.2 and 1.3 as a client of PostgreSQL needs them, the digests, X.509, and private keys. The
# image's openssl.cnf was written for the image's OpenSSL, and may name modules that are not in here.
openssl_without=(module dso engine async comp srp psk ocsp cms ct ts cmp dtls ssl3 tls1 tls1_1
    weak-ssl-ciphers legacy md4 mdc2 rc2 rc4 rc5 idea seed camellia aria bf cast whirlpool rmd160 sm2
    sm3 sm4 siphash blake2 scrypt gost ec2m rfc3779 nextprotoneg srtp sctp afalgeng filenames
    multiblock ui-console dsa ocb siv cmac tests autoload-config)
openssl_without_since_3_5=(quic slh-dsa ml-dsa argon2 apps docs http uplink)

# The places of certificates and settings are those of Debian and Alpine alike. On amd64 the archive
# asks for the processor's features before main(), which takes tens of microseconds in a virtual
# machine; OPENSSL_init_crypto() asks again, so the early question goes.
build_openssl() {
    local without=("${openssl_without[@]}")
    grep -q '^MINOR=0' VERSION.dat || without+=("${openssl_without_since_3_5[@]}")
    CC=$cc ./Configure "linux-$(uname -m)" no-shared no-pic "${without[@]/#/no-}" \
        --prefix=/usr --openssldir=/etc/ssl --libdir=lib "${flags[@]}"
    make -j"$jobs" build_generated libcrypto.a libssl.a
    grep -q OPENSSL_cpuid_setup crypto/init.c
    objcopy --remove-section .init libcrypto.a "$out/lib/libcrypto.a"
    cp libssl.a "$out/lib"
    cp -r include/openssl "$out/include"
}

# Debian, Alpine and the official images all have the server's socket in /var/run/postgresql, and
# Debian's libpq looks for the file of services in /etc/postgresql-common. libpq_scram.c tells why
# that function is ours.
build_postgresql() {
    sed -i 's|^#define DEFAULT_PGSOCKET_DIR .*"/tmp"|#define DEFAULT_PGSOCKET_DIR "/var/run/postgresql"|' \
        src/include/pg_config_manual.h
    grep -q '"/var/run/postgresql"' src/include/pg_config_manual.h
    sed -i 's/^scram_SaltedPassword(/scram_SaltedPassword_by_hmac(/' src/common/scram-common.c
    grep -q '^scram_SaltedPassword_by_hmac(' src/common/scram-common.c
    cat "$here/libpq_scram.c" >>src/common/scram-common.c
    ./configure CC="$cc" CFLAGS="${flags[*]}" CPPFLAGS="-I$out/include" LDFLAGS="-L$out/lib" \
        --sysconfdir=/etc/postgresql-common --with-ssl=openssl --without-readline --without-zlib \
        --without-icu --without-gssapi --without-ldap --without-lz4 --without-zstd
    make -C src/backend generated-headers
    make -j"$jobs" -C src/common libpgcommon_shlib.a
    make -j"$jobs" -C src/port libpgport_shlib.a
    make -j"$jobs" -C src/interfaces/libpq libpq.a
    cp src/common/libpgcommon_shlib.a src/port/libpgport_shlib.a src/interfaces/libpq/libpq.a \
        "$out/lib"
    cp src/interfaces/libpq/libpq-fe.h src/include/postgres_ext.h src/include/pg_config_ext.h \
        "$out/include"
}

build_libev() {
    local defines=(-w -DEV_STANDALONE=1 -DEV_USE_SELECT=0 -DEV_USE_POLL=1 -DEV_USE_EPOLL=1
        -DEV_USE_LINUXAIO=0 -DEV_USE_IOURING=0 -DEV_USE_INOTIFY=0 -DEV_USE_SIGNALFD=0
        -DEV_USE_EVENTFD=1 -DEV_USE_TIMERFD=1 -DEV_USE_CLOCK_SYSCALL=0 -DEV_USE_MONOTONIC=1
        -DEV_USE_REALTIME=1 -DEV_USE_NANOSLEEP=1)
    archive libev.a ev.c
    cp ev.h "$out/include"
}

# As Debian compiles it: lib/conf/ini reads alike with any build.
build_inih() {
    local defines=()
    archive libinih.a ini.c
    cp ini.h "$out/include"
}

build_jansson() {
    local defines=(-DHAVE_CONFIG_H -Isrc -DHAVE_STDINT_H -DHAVE_UNISTD_H -DHAVE_FCNTL_H
        -DHAVE_SYS_TYPES_H -DHAVE_SYS_STAT_H
        -DHAVE_SYS_TIME_H -DHAVE_SYS_PARAM_H -DHAVE_GETPID -DHAVE_GETTIMEOFDAY -DHAVE_OPEN -DHAVE_READ
        -DHAVE_CLOSE -DHAVE_STRTOLL -DHAVE_LOCALE_H -DHAVE_LOCALECONV -DUSE_URANDOM=1)
    sed -e 's/@json_inline@/inline/' -e 's/@json_have_localeconv@/1/' -e 's/@json_have_\w*@/1/' \
        -e 's/@initial_hashtable_order@/3/' -e 's/@\w*parser_max_depth\w*@/2048/' \
        src/jansson_config.h.in >src/jansson_config.h
    touch src/jansson_private_config.h
    archive libjansson.a src/*.c
    cp src/jansson.h src/jansson_config.h "$out/include"
}

build_cmocka() {
    local defines=(-w -Iinclude -D_GNU_SOURCE -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_STRUCT_TIMESPEC
        -DHAVE_CLOCK_GETTIME -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_TIME_H -DHAVE_MALLOC_H
        -DHAVE_GCC_THREAD_LOCAL_STORAGE -DHAVE_CLOCK_REALTIME -DHAVE_SNPRINTF -DHAVE_VSNPRINTF)
    archive libcmocka.a src/cmocka.c
    cp include/cmocka*.h "$out/include"
}

library musl COPYRIGHT
link_kernel_headers
cc=$out/bin/musl-cc
export REAL_CC=$host_cc
library openssl LICENSE.txt
library postgresql COPYRIGHT
library libev LICENSE
library inih LICENSE.txt
library jansson LICENSE
library cmocka COPYING

rm -rf "$prefix"
mv "$out" "$prefix"
