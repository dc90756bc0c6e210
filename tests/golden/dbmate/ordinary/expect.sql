-- create
CREATE TABLE "schema_migrations" (version varchar PRIMARY KEY);
-- read
SELECT version, pg_catalog.pg_typeof(version), (SELECT pg_catalog.to_regclass('"ar_internal_metadata"') IS NOT NULL) FROM "schema_migrations" ORDER BY version;
-- record 20240102000000
INSERT INTO "schema_migrations" (version) VALUES ('20240102000000');
-- record 20240103000000 finished
INSERT INTO "schema_migrations" (version) VALUES ('20240103000000');
