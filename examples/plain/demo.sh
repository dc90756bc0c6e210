#!/bin/bash
# The guest book behind migrinit, on a PostgreSQL of its own in a scratch folder. Everything it
# starts ends with it. MIGRINIT names the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
migrinit=${MIGRINIT:-$here/../../build/migrinit}
bin=${PG_BIN:-$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname)}
[ -x "$bin/initdb" ] || { echo "demo: no PostgreSQL server is installed; make deps does that" >&2; exit 1; }

scratch=$(mktemp -d)
app=
as_server=()
if [ "$(id -u)" = 0 ]; then
    as_server=(setpriv --reuid postgres --regid postgres --init-groups)
    chown postgres "$scratch"
fi

clean_up() {
    trap '' INT TERM
    [ -z "$app" ] || { kill "$app" && wait "$app"; } 2>/dev/null || true
    if [ -e "$scratch/data/postmaster.pid" ]; then
        "${as_server[@]}" "$bin/pg_ctl" -D "$scratch/data" -m immediate -w stop >/dev/null || true
    fi
    cd /
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
command_line() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }
milliseconds() { echo $((($(date +%s%N) - $1) / 1000000)); }
free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

cd "$scratch"
mkdir app
cp -r "$here/migrations" "$here/app.py" app/
"${as_server[@]}" "$bin/initdb" -D "$scratch/data" -U app -A trust -N -E UTF8 --locale=C >/dev/null
port=$(free_port)
server_start() {
    "${as_server[@]}" "$bin/pg_ctl" -D "$scratch/data" -l "$scratch/data/log" -w \
        -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null
}
PORT=$(free_port)
export PORT DATABASE_URL="postgresql://app:not-shown@127.0.0.1:$port/postgres"
cd app

title '1. The app is started before its database is there'
command_line 'migrinit -- python3 app.py'
"$migrinit" -- /usr/bin/python3 app.py > >(tee ../out) 2> >(tee ../log >&2) &
app=$!
sleep 0.3
server_start
until grep -q listening ../out; do
    kill -0 "$app" 2>/dev/null || { wait "$app" || exit 1; }
    sleep 0.02
done
command_line "curl localhost:$PORT"
/usr/bin/python3 -c "import urllib.request as u; print(u.urlopen('http://127.0.0.1:$PORT').read().decode(), end='')"
kill "$app"
wait "$app" || true
app=

title '2. The second start has nothing to do'
command_line 'migrinit -- true'
best=
for _ in 1 2 3 4 5; do
    started=$(date +%s%N)
    "$migrinit" -- true 2>../log
    took=$(milliseconds "$started")
    if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
done
cat ../log
echo "(the best of five such starts took $best ms, from the first process to the end of the app)"

title '3. A migration fails; by default the app starts all the same'
cat > migrations/0004_likes.sql <<'SQL'
ALTER TABLE entry ADD COLUMN likes int NOT NULL DEFAULT 0;
UPDATE entry SET likes = lkes + 1;
SQL
# shellcheck disable=SC2016 # for the inner shell
run_app() { "$migrinit" -- sh -c 'echo "the app runs, migrations: $MIGRINIT_STATUS"'; }
command_line 'migrinit -- sh -c ...'
run_app

title '4. ... or not, which is better where the app needs its schema'
command_line 'AUTO_MIGRATE_FAIL_ON_ERROR=true migrinit -- sh -c ...'
code=0
AUTO_MIGRATE_FAIL_ON_ERROR=true run_app || code=$?
echo "(exit code $code; nothing of 0004_likes.sql is in the database)"

title '5. What is applied, what is not'
command_line 'migrinit status'
"$migrinit" status || true
