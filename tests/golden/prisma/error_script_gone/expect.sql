-- create
DO 'DECLARE found text; BEGIN SELECT pg_catalog.min(c.relname::text) INTO found FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ''r'' AND pg_catalog.lower(c.relname::text) NOT IN (''spatial_ref_sys'', ''geometry_columns'', ''geography_columns'', ''raster_columns'', ''raster_overviews'') AND n.nspname = ''''; IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = ''55000'', MESSAGE = pg_catalog.concat(''the schema is not empty: it has the table '', found, '', but none of Prisma''''s (P3005)''), HINT = ''the database existed before Prisma: run migrinit baseline NAME with the last migration that it has already, or migrate an empty schema''; END IF; END';
CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
-- read
SELECT migration_name, checksum, coalesce(finished_at, started_at), (extract(epoch FROM finished_at - started_at) * 1000)::bigint, finished_at IS NULL FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name;
-- record 1_a
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'bcdd50aa9c7d8f82a20d2130c4eaa44281271e46407903e61bca804d45f117d2', pg_catalog.transaction_timestamp(), '1_a', pg_catalog.clock_timestamp(), 1);
-- record 1_a started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'bcdd50aa9c7d8f82a20d2130c4eaa44281271e46407903e61bca804d45f117d2', pg_catalog.clock_timestamp(), '1_a');
-- record 1_a finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '1_a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 1_a failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '1_a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 2_b
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '', pg_catalog.transaction_timestamp(), '2_b', pg_catalog.clock_timestamp(), 1);
-- record 2_b started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '', pg_catalog.clock_timestamp(), '2_b');
-- record 2_b finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '2_b' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 2_b failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '2_b' AND finished_at IS NULL AND rolled_back_at IS NULL;
