-- create
CREATE TABLE "__diesel_schema_migrations" (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- read
SELECT version, run_on FROM "__diesel_schema_migrations" ORDER BY version;
-- record 20240101000000
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('20240101000000', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 20240102000000
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('20240102000000', pg_catalog.now() AT TIME ZONE 'UTC');
-- record 20240103000000
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('20240103000000', pg_catalog.now() AT TIME ZONE 'UTC');
