-- create
CREATE TABLE "refinery_schema_history" (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));
-- read
SELECT version, checksum, applied_on, pg_catalog.pg_typeof(version) FROM "refinery_schema_history" ORDER BY version;
