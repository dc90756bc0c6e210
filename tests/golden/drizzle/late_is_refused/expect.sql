-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 20
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('84a5def61d23fc2187e1b83b9bfb88b38117dd6062fe273c8e6a99194a07d2e9', 20);
-- record 20 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('84a5def61d23fc2187e1b83b9bfb88b38117dd6062fe273c8e6a99194a07d2e9', 20);
-- record 40
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('4337625613f5f6da15b2995e79c047cce729090946b31b80ee28022f5ae21780', 40);
-- record 40 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('4337625613f5f6da15b2995e79c047cce729090946b31b80ee28022f5ae21780', 40);
