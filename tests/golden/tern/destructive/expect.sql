-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''public'') THEN CREATE SCHEMA "public"; END IF; END';
CREATE TABLE "public"."schema_version" (version int4 NOT NULL PRIMARY KEY);
INSERT INTO "public"."schema_version" (version) VALUES (0);
-- read
SELECT version, pg_catalog.pg_typeof(version) FROM "public"."schema_version";
-- record 1
UPDATE "public"."schema_version" SET version = 1;
-- record 2
UPDATE "public"."schema_version" SET version = 2;
-- record 3
UPDATE "public"."schema_version" SET version = 3;
