-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''graphile_migrate'') THEN CREATE SCHEMA "graphile_migrate"; END IF; END';
CREATE TABLE "graphile_migrate"."migrations" (hash text PRIMARY KEY, previous_hash text REFERENCES "graphile_migrate"."migrations", filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS "graphile_migrate"."current" (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL, date timestamptz NOT NULL DEFAULT now());
-- read
SELECT filename, hash, date FROM "graphile_migrate"."migrations" ORDER BY filename;
-- record 000002.sql finished
INSERT INTO "graphile_migrate"."migrations" (hash, previous_hash, filename) VALUES ('sha1:0b91403aaba8089602fc73c5b4857ae170ce0421', 'sha1:a76271013b710d32d3b2ca5792d1a48904a0dfec', '000002.sql');
-- record 000003.sql
INSERT INTO "graphile_migrate"."migrations" (hash, previous_hash, filename) VALUES ('sha1:abc66938a06e9668787be600116a3bc50b5a24f5', 'sha1:0b91403aaba8089602fc73c5b4857ae170ce0421', '000003.sql');
