#!/bin/sh
# What the image's own script did.
set -e
: "${POSTGRES_USER:=postgres}" "${POSTGRES_PASSWORD:=postgres}" "${POSTGRES_DB:=streamystats}"
: "${DB_HOST:=vectorchord}" "${DB_PORT:=5432}"
export PGPASSWORD="$POSTGRES_PASSWORD"
export DATABASE_URL="${DATABASE_URL:-postgresql://$POSTGRES_USER:$POSTGRES_PASSWORD@$DB_HOST:$DB_PORT/$POSTGRES_DB}"
server="psql -q -h $DB_HOST -p $DB_PORT -U $POSTGRES_USER"
until pg_isready -q -h "$DB_HOST" -p "$DB_PORT"; do sleep 2; done
$server -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\"" || echo "the database exists"
$server -d "$POSTGRES_DB" -c 'CREATE EXTENSION IF NOT EXISTS vector' || echo "no vector"
$server -d "$POSTGRES_DB" -c 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"'
exec npx drizzle-kit migrate --config drizzle.config.js
