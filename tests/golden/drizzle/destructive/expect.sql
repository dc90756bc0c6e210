-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 1700000000001
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('b7739b6c2bea8a881e88fc33f02759957f8eb0db2d7340210661d0c039f7ac64', 1700000000001);
-- record 1700000000001 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('b7739b6c2bea8a881e88fc33f02759957f8eb0db2d7340210661d0c039f7ac64', 1700000000001);
-- record 1700000000002
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('3b12e23602dbf2b74c73111574f6691bdb1c523229571b77ba936833bcf9a260', 1700000000002);
-- record 1700000000002 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('3b12e23602dbf2b74c73111574f6691bdb1c523229571b77ba936833bcf9a260', 1700000000002);
-- record 1700000000003
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('10844003e305f21e3c077330dbe59e9d3d29d37958a9109e77f4e182af5016d6', 1700000000003);
-- record 1700000000003 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('10844003e305f21e3c077330dbe59e9d3d29d37958a9109e77f4e182af5016d6', 1700000000003);
