-- create
CREATE TABLE "schema_migrations" (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
-- read
SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool FROM "schema_migrations" t;
-- record 9
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9, false);
-- record 9 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9, true);
-- record 9 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9, false);
-- record 10
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (10, false);
-- record 10 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (10, true);
-- record 10 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (10, false);
-- record 11
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (11, false);
-- record 11 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (11, true);
-- record 11 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (11, false);
-- record 12
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (12, false);
-- record 12 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (12, true);
-- record 12 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (12, false);
-- record 13
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (13, false);
-- record 13 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (13, true);
-- record 13 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (13, false);
