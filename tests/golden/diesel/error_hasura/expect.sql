-- create
CREATE TABLE "__diesel_schema_migrations" (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- read
SELECT version, run_on FROM "__diesel_schema_migrations" ORDER BY version;
-- record 1616161616161
INSERT INTO "__diesel_schema_migrations" (version, run_on) VALUES ('1616161616161', pg_catalog.now() AT TIME ZONE 'UTC');
