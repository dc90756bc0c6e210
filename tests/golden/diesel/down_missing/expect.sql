-- create
CREATE TABLE "__diesel_schema_migrations" (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- read
SELECT version, run_on FROM "__diesel_schema_migrations" ORDER BY version;
