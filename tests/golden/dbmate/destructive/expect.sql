-- create
CREATE TABLE "schema_migrations" (version varchar PRIMARY KEY);
-- read
SELECT version, pg_catalog.pg_typeof(version), (SELECT pg_catalog.to_regclass('"ar_internal_metadata"') IS NOT NULL) FROM "schema_migrations" ORDER BY version;
-- record 1
INSERT INTO "schema_migrations" (version) VALUES ('1');
-- record 2
INSERT INTO "schema_migrations" (version) VALUES ('2');
-- record 3 finished
INSERT INTO "schema_migrations" (version) VALUES ('3');
