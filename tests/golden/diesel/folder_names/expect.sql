-- create
CREATE TABLE "__diesel_schema_migrations" (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- read
SELECT version, run_on FROM "__diesel_schema_migrations" ORDER BY version;
-- record 10
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('10', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 20240101
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('20240101', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 3
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('3', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 9
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('9', pg_catalog.now() AT TIME ZONE 'UTC');
-- record nounderscore
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('nounderscore', pg_catalog.now() AT TIME ZONE 'UTC');
