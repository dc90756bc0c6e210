-- create
CREATE TABLE "pgmigrations" (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
-- read
SELECT name, run_on FROM "pgmigrations" ORDER BY run_on, id;
-- record 1700000000000_a
INSERT INTO "pgmigrations" (name, run_on) VALUES ('1700000000000_a', pg_catalog.now());
-- record 1700000001000_b
INSERT INTO "pgmigrations" (name, run_on) VALUES ('1700000001000_b', pg_catalog.now());
-- record 1700000002000_c
INSERT INTO "pgmigrations" (name, run_on) VALUES ('1700000002000_c', pg_catalog.now());
