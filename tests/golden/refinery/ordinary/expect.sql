-- create
CREATE TABLE "refinery_schema_history" (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));
-- read
SELECT version, checksum, applied_on, pg_catalog.pg_typeof(version) FROM "refinery_schema_history" ORDER BY version;
-- record 2
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (2, 'b_c', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '4768996342339039051');
-- record 5
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (5, 'late', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '5372637133779670924');
-- record 9
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (9, 'nine', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '14635703350289511958');
-- record 10
INSERT INTO "refinery_schema_history" (version, name, applied_on, checksum) VALUES (10, 'later', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '5791385508084377799');
