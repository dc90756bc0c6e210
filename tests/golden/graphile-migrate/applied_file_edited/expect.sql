-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''graphile_migrate'') THEN CREATE SCHEMA "graphile_migrate"; END IF; END';
CREATE TABLE "graphile_migrate"."migrations" (hash text PRIMARY KEY, previous_hash text REFERENCES "graphile_migrate"."migrations", filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS "graphile_migrate"."current" (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL, date timestamptz NOT NULL DEFAULT now());
-- read
SELECT filename, hash, date FROM "graphile_migrate"."migrations" ORDER BY filename;
