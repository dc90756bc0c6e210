-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint, name text, applied_at timestamp with time zone DEFAULT now());
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 20240102000000_mail
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('8ae93b1eb1377682b68d6633599a96048b2c8693d21b3ede0ed85c1bec15901e', 1704153600000, '20240102000000_mail');
-- record 20240102000000_mail finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('8ae93b1eb1377682b68d6633599a96048b2c8693d21b3ede0ed85c1bec15901e', 1704153600000, '20240102000000_mail');
