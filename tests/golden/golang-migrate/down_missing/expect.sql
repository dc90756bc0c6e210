-- create
CREATE TABLE "schema_migrations" (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
-- read
SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool FROM "schema_migrations" t;
