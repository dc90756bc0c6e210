#!/bin/sh
if [ "${AUTO_MIGRATE:-true}" = true ]; then
  echo "Running database migrations..."
  python run_migrations.py || exit $?
fi
exec "$@"
