-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 1700000000001
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('fd5f39af7736867581f19bc2a2011799ccd2858a2aeb59b00bb08cdc96fced5d', 1700000000001);
-- record 1700000000001 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('fd5f39af7736867581f19bc2a2011799ccd2858a2aeb59b00bb08cdc96fced5d', 1700000000001);
-- record 1700000000002
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('8ae93b1eb1377682b68d6633599a96048b2c8693d21b3ede0ed85c1bec15901e', 1700000000002);
-- record 1700000000002 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES ('8ae93b1eb1377682b68d6633599a96048b2c8693d21b3ede0ed85c1bec15901e', 1700000000002);
