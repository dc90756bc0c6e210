-- create
DO 'DECLARE found text; BEGIN SELECT pg_catalog.min(c.relname::text) INTO found FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ''r'' AND pg_catalog.lower(c.relname::text) NOT IN (''spatial_ref_sys'', ''geometry_columns'', ''geography_columns'', ''raster_columns'', ''raster_overviews'') AND n.nspname = ''''; IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = ''55000'', MESSAGE = pg_catalog.concat(''the schema is not empty: it has the table '', found, '', but none of Prisma''''s (P3005)''), HINT = ''the database existed before Prisma: run migrinit baseline NAME with the last migration that it has already, or migrate an empty schema''; END IF; END';
CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
-- read
SELECT migration_name, checksum, coalesce(finished_at, started_at), (extract(epoch FROM finished_at - started_at) * 1000)::bigint, finished_at IS NULL FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name;
-- record 1_whole
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'd0d802e8a15e6cf272875ae76ed502e82db67cb240e1f2be9a08a4061ac2c9be', pg_catalog.transaction_timestamp(), '1_whole', pg_catalog.clock_timestamp(), 1);
-- record 1_whole started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'd0d802e8a15e6cf272875ae76ed502e82db67cb240e1f2be9a08a4061ac2c9be', pg_catalog.clock_timestamp(), '1_whole');
-- record 1_whole finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '1_whole' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 1_whole failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '1_whole' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 2_midway started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '44e0c38204f3ca0ae18e73607bb34e1cb784a53e864028436088cfd4d9ca7411', pg_catalog.clock_timestamp(), '2_midway');
-- record 2_midway finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '2_midway' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 2_midway failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '2_midway' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 3_savepoint
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'ed32f01db7b65f8706446b3dab674670693aa44c55aa0399c87be15d2fd910eb', pg_catalog.transaction_timestamp(), '3_savepoint', pg_catalog.clock_timestamp(), 1);
-- record 3_savepoint started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'ed32f01db7b65f8706446b3dab674670693aa44c55aa0399c87be15d2fd910eb', pg_catalog.clock_timestamp(), '3_savepoint');
-- record 3_savepoint finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '3_savepoint' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 3_savepoint failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '3_savepoint' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 4_open
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '73592b1aac5e433ad95bc3909aa44221fe4953b82025c9ffd057b3c7d884427e', pg_catalog.transaction_timestamp(), '4_open', pg_catalog.clock_timestamp(), 1);
-- record 4_open started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '73592b1aac5e433ad95bc3909aa44221fe4953b82025c9ffd057b3c7d884427e', pg_catalog.clock_timestamp(), '4_open');
-- record 4_open finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '4_open' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 4_open failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '4_open' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 5_body
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '07ac4d51444c0ec51fde1b4fc8dfd6d008dd97964fd47ea957c0b54d57c83cb9', pg_catalog.transaction_timestamp(), '5_body', pg_catalog.clock_timestamp(), 1);
-- record 5_body started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '07ac4d51444c0ec51fde1b4fc8dfd6d008dd97964fd47ea957c0b54d57c83cb9', pg_catalog.clock_timestamp(), '5_body');
-- record 5_body finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '5_body' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 5_body failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '5_body' AND finished_at IS NULL AND rolled_back_at IS NULL;
