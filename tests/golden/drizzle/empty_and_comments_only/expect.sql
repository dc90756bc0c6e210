-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 1
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 1);
-- record 1 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 1);
-- record 2
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('95e7977ecafa4b2ef544dec234b5b3a80d8d1a89fcea0fd91447cff06e9c099d', 2);
-- record 2 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('95e7977ecafa4b2ef544dec234b5b3a80d8d1a89fcea0fd91447cff06e9c099d', 2);
-- record 3
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('b3cc75fa802f8a5b333c480eb0d77f3d2185602e108f36fb33d3ade3c6939413', 3);
-- record 3 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('b3cc75fa802f8a5b333c480eb0d77f3d2185602e108f36fb33d3ade3c6939413', 3);
