-- create
CREATE TABLE "pgmigrations" (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
-- read
SELECT name, run_on FROM "pgmigrations" ORDER BY run_on, id;
-- record 1_both
INSERT INTO "pgmigrations" (name, run_on) VALUES ('1_both', pg_catalog.now());
-- record 2_down_first
INSERT INTO "pgmigrations" (name, run_on) VALUES ('2_down_first', pg_catalog.now());
-- record 3_no_up
INSERT INTO "pgmigrations" (name, run_on) VALUES ('3_no_up', pg_catalog.now());
-- record 4_none
INSERT INTO "pgmigrations" (name, run_on) VALUES ('4_none', pg_catalog.now());
-- record 5_empty
INSERT INTO "pgmigrations" (name, run_on) VALUES ('5_empty', pg_catalog.now());
-- record 6_over_lines
INSERT INTO "pgmigrations" (name, run_on) VALUES ('6_over_lines', pg_catalog.now());
-- record 7_crlf
INSERT INTO "pgmigrations" (name, run_on) VALUES ('7_crlf', pg_catalog.now());
-- record 8_indented
INSERT INTO "pgmigrations" (name, run_on) VALUES ('8_indented', pg_catalog.now());
-- record 9_no_mark
INSERT INTO "pgmigrations" (name, run_on) VALUES ('9_no_mark', pg_catalog.now());
