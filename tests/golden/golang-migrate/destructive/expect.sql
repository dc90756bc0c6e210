-- create
CREATE TABLE "schema_migrations" (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
-- read
SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool FROM "schema_migrations" t;
-- record 1
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (1, false);
-- record 1 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (1, true);
-- record 1 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (1, false);
-- record 2
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (2, false);
-- record 2 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (2, true);
-- record 2 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (2, false);
-- record 3
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (3, false);
-- record 3 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (3, true);
-- record 3 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (3, false);
