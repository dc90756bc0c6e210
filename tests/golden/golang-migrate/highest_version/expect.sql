-- create
CREATE TABLE "schema_migrations" (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
-- read
SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool FROM "schema_migrations" t;
-- record 9223372036854775807
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9223372036854775807, false);
-- record 9223372036854775807 started
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9223372036854775807, true);
-- record 9223372036854775807 finished
TRUNCATE "schema_migrations";INSERT INTO "schema_migrations" (version, dirty) VALUES (9223372036854775807, false);
