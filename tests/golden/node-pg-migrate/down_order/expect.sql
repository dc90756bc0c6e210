-- create
CREATE TABLE "pgmigrations" (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
-- read
SELECT name, run_on FROM "pgmigrations" ORDER BY run_on, id;
-- record 3_c
INSERT INTO "pgmigrations" (name, run_on) VALUES ('3_c', pg_catalog.now());
-- record 4_d
INSERT INTO "pgmigrations" (name, run_on) VALUES ('4_d', pg_catalog.now());
