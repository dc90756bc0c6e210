-- create
CREATE TABLE "__diesel_schema_migrations" (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- read
SELECT version, run_on FROM "__diesel_schema_migrations" ORDER BY version;
-- record 01
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('01', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 02 finished
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('02', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 03 finished
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('03', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 04 finished
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('04', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 05 finished
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('05', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 06
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('06', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 07
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('07', pg_catalog.now() AT TIME ZONE 'UTC');
