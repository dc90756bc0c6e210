#!/bin/sh
exec psql "$DATABASE_URL" -qAt -c "SELECT 'app: ' || count(*) || ' servers' FROM servers"
