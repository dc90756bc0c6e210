-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 1700000000003
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('636e4be7bb2481ce31798519723e1ab70cb0f85c5f1b7f39fbcaddf2805c9851', 1700000000003);
-- record 1700000000003 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('636e4be7bb2481ce31798519723e1ab70cb0f85c5f1b7f39fbcaddf2805c9851', 1700000000003);
-- record 1700000000005
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('44796cf4fda0e73a0d22b4b4140c3510fbc782d8d4f3a7bd92e5fd6d8f1a3abf', 1700000000005);
-- record 1700000000005 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('44796cf4fda0e73a0d22b4b4140c3510fbc782d8d4f3a7bd92e5fd6d8f1a3abf', 1700000000005);
