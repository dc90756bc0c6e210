-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint, name text, applied_at timestamp with time zone DEFAULT now());
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- upgrade
ALTER TABLE "drizzle"."__drizzle_migrations" ADD COLUMN IF NOT EXISTS name text, ADD COLUMN IF NOT EXISTS applied_at timestamp with time zone DEFAULT now();
UPDATE "drizzle"."__drizzle_migrations" SET name = '20240101000000_a', applied_at = NULL WHERE id = 1;
