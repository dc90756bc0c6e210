#!/bin/sh
set -e
if [ -n "$DATABASE_URL" ]; then
  echo "[gateway] Running database migrations..."
  npx drizzle-kit migrate
  echo "[gateway] Migrations complete"
fi
node src/index.js
