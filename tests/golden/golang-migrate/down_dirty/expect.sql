-- create
CREATE TABLE "schema_migrations" (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
-- read
SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool FROM "schema_migrations" t;
-- record 5
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (5, false);
-- record 5 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (5, true);
-- record 5 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (5, false);
-- record 7
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (7, false);
-- record 7 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (7, true);
-- record 7 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (7, false);
