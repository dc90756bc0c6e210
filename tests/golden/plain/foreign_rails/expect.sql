-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
