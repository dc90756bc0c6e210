-- create
CREATE TABLE "refinery_schema_history" (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));
-- read
SELECT version, checksum, applied_on, pg_catalog.pg_typeof(version) FROM "refinery_schema_history" ORDER BY version;
-- record 1
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (1, 'a', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '4271742708769991487');
-- record 2
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (2, 'b', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '11194218257732902521');
-- record 3
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (3, 'c', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '4531261136497736723');
