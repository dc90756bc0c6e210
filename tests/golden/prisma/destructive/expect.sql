-- create
DO 'DECLARE found text; BEGIN SELECT pg_catalog.min(c.relname::text) INTO found FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ''r'' AND pg_catalog.lower(c.relname::text) NOT IN (''spatial_ref_sys'', ''geometry_columns'', ''geography_columns'', ''raster_columns'', ''raster_overviews'') AND n.nspname = ''''; IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = ''55000'', MESSAGE = pg_catalog.concat(''the schema is not empty: it has the table '', found, '', but none of Prisma''''s (P3005)''), HINT = ''the database existed before Prisma: run migrinit baseline NAME with the last migration that it has already, or migrate an empty schema''; END IF; END';
CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
-- read
SELECT migration_name, checksum, coalesce(finished_at, started_at), (extract(epoch FROM finished_at - started_at) * 1000)::bigint, finished_at IS NULL FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name;
-- record 20260101000000_a
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '82806a36c721d574ecaa9a0726dcacf126bf4adae889959cecbeffb542d4e8cc', pg_catalog.transaction_timestamp(), '20260101000000_a', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000_a started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '82806a36c721d574ecaa9a0726dcacf126bf4adae889959cecbeffb542d4e8cc', pg_catalog.clock_timestamp(), '20260101000000_a');
-- record 20260101000000_a finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000_a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000_a failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000_a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260102000000_b started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '09f322dd537cbd41d4f8fb80cb966a17cdcbd668c789429db62c1800b0e17043', pg_catalog.clock_timestamp(), '20260102000000_b');
-- record 20260102000000_b finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260102000000_b' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260102000000_b failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260102000000_b' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260103000000_c
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '88b77f74780cc1f1ae72a33be210f45f02c138472c77c7c040b8d5899cdd0355', pg_catalog.transaction_timestamp(), '20260103000000_c', pg_catalog.clock_timestamp(), 1);
-- record 20260103000000_c started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '88b77f74780cc1f1ae72a33be210f45f02c138472c77c7c040b8d5899cdd0355', pg_catalog.clock_timestamp(), '20260103000000_c');
-- record 20260103000000_c finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260103000000_c' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260103000000_c failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260103000000_c' AND finished_at IS NULL AND rolled_back_at IS NULL;
