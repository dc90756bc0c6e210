-- create
CREATE TABLE "pgmigrations" (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
-- read
SELECT name, run_on FROM "pgmigrations" ORDER BY run_on, id;
-- record 9_nine
INSERT INTO "pgmigrations" (name, run_on) VALUES ('9_nine', pg_catalog.now());
-- record 10_a2
INSERT INTO "pgmigrations" (name, run_on) VALUES ('10_a2', pg_catalog.now());
-- record 10_a10
INSERT INTO "pgmigrations" (name, run_on) VALUES ('10_a10', pg_catalog.now());
-- record 010_a
INSERT INTO "pgmigrations" (name, run_on) VALUES ('010_a', pg_catalog.now());
-- record 10_B
INSERT INTO "pgmigrations" (name, run_on) VALUES ('10_B', pg_catalog.now());
-- record 10
INSERT INTO "pgmigrations" (name, run_on) VALUES ('10', pg_catalog.now());
-- record 10_ten
INSERT INTO "pgmigrations" (name, run_on) VALUES ('10_ten', pg_catalog.now());
-- record 20241231235959999_before
INSERT INTO "pgmigrations" (name, run_on) VALUES ('20241231235959999_before', pg_catalog.now());
-- record 1735689600000_utc-ms
INSERT INTO "pgmigrations" (name, run_on) VALUES ('1735689600000_utc-ms', pg_catalog.now());
-- record 20250101000000001_after
INSERT INTO "pgmigrations" (name, run_on) VALUES ('20250101000000001_after', pg_catalog.now());
-- record 20240101000000_digits14
INSERT INTO "pgmigrations" (name, run_on) VALUES ('20240101000000_digits14', pg_catalog.now());
