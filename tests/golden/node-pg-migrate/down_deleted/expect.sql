-- create
CREATE TABLE "pgmigrations" (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
-- read
SELECT name, run_on FROM "pgmigrations" ORDER BY run_on, id;
