-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint, name text, applied_at timestamp with time zone DEFAULT now());
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- upgrade
ALTER TABLE "drizzle"."__drizzle_migrations" ADD COLUMN IF NOT EXISTS name text, ADD COLUMN IF NOT EXISTS applied_at timestamp with time zone DEFAULT now();
UPDATE "drizzle"."__drizzle_migrations" SET name = '20240101000000_a', applied_at = NULL WHERE id = 1;
UPDATE "drizzle"."__drizzle_migrations" SET name = '20240101000001_c', applied_at = NULL WHERE id = 2;
UPDATE "drizzle"."__drizzle_migrations" SET name = '20240101000006_twin', applied_at = NULL WHERE id = 3;
UPDATE "drizzle"."__drizzle_migrations" SET name = '20240101000007_new', applied_at = NULL WHERE id = 5;
-- record 20240101000001_b
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('8e7003d62f9d8cbd28da2f243bb0d215bfd4622c716be09be89a8764d9f4c7cb', 1704067201000, '20240101000001_b');
-- record 20240101000001_b finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('8e7003d62f9d8cbd28da2f243bb0d215bfd4622c716be09be89a8764d9f4c7cb', 1704067201000, '20240101000001_b');
-- record 20240101000005_moved
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('3f55c55f7360881c3fd6ecd9e05c47b4d461a8a0579bddcba6fccbb6105ff66e', 1704067205000, '20240101000005_moved');
-- record 20240101000005_moved finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('3f55c55f7360881c3fd6ecd9e05c47b4d461a8a0579bddcba6fccbb6105ff66e', 1704067205000, '20240101000005_moved');
