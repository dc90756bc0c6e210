-- create
DO 'DECLARE found text; BEGIN SELECT pg_catalog.min(c.relname::text) INTO found FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ''r'' AND pg_catalog.lower(c.relname::text) NOT IN (''spatial_ref_sys'', ''geometry_columns'', ''geography_columns'', ''raster_columns'', ''raster_overviews'') AND n.nspname = ''''; IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = ''55000'', MESSAGE = pg_catalog.concat(''the schema is not empty: it has the table '', found, '', but none of Prisma''''s (P3005)''), HINT = ''the database existed before Prisma: run migrinit baseline NAME with the last migration that it has already, or migrate an empty schema''; END IF; END';
CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
-- read
SELECT migration_name, checksum, coalesce(finished_at, started_at), (extract(epoch FROM finished_at - started_at) * 1000)::bigint, finished_at IS NULL FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name;
-- record _first
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '0490b856356abac0fbc5782ba24ad6100398efcb151f00d32b751ffdb2b819a8', pg_catalog.transaction_timestamp(), '_first', pg_catalog.clock_timestamp(), 1);
-- record _first started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '0490b856356abac0fbc5782ba24ad6100398efcb151f00d32b751ffdb2b819a8', pg_catalog.clock_timestamp(), '_first');
-- record _first finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '_first' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record _first failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '_first' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 10_ten
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'bedace1935ba86bd8c909e7450f195d9e9678c5700c46bdb44d69d7b53090ae5', pg_catalog.transaction_timestamp(), '10_ten', pg_catalog.clock_timestamp(), 1);
-- record 10_ten started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'bedace1935ba86bd8c909e7450f195d9e9678c5700c46bdb44d69d7b53090ae5', pg_catalog.clock_timestamp(), '10_ten');
-- record 10_ten finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '10_ten' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 10_ten failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '10_ten' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000_z
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd', pg_catalog.transaction_timestamp(), '20260101000000_z', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000_z started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd', pg_catalog.clock_timestamp(), '20260101000000_z');
-- record 20260101000000_z finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000_z' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000_z failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000_z' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000-a
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'a41109d24069b4822ddc5f367b25d484dc7e839bff338ce7a3e5da641caacda0', pg_catalog.transaction_timestamp(), '20260101000000-a', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000-a started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'a41109d24069b4822ddc5f367b25d484dc7e839bff338ce7a3e5da641caacda0', pg_catalog.clock_timestamp(), '20260101000000-a');
-- record 20260101000000-a finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000-a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000-a failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000-a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000a
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'c980053b69dbee7f27e02733be08eb3ced25a843d34988993ea07ecb1c65408e', pg_catalog.transaction_timestamp(), '20260101000000a', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000a started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'c980053b69dbee7f27e02733be08eb3ced25a843d34988993ea07ecb1c65408e', pg_catalog.clock_timestamp(), '20260101000000a');
-- record 20260101000000a finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000a failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000a' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000b
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'd96b927109b3f16c515822170b7dd7ee8bacf5003874c20e68b6a4806e28486d', pg_catalog.transaction_timestamp(), '20260101000000b', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000b started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'd96b927109b3f16c515822170b7dd7ee8bacf5003874c20e68b6a4806e28486d', pg_catalog.clock_timestamp(), '20260101000000b');
-- record 20260101000000b finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000b' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000b failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000b' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000B
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'fa4a71571fc2071c8ba7b9fa042ad3267b4f134515497aecc339df06ffd3725d', pg_catalog.transaction_timestamp(), '20260101000000B', pg_catalog.clock_timestamp(), 1);
-- record 20260101000000B started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'fa4a71571fc2071c8ba7b9fa042ad3267b4f134515497aecc339df06ffd3725d', pg_catalog.clock_timestamp(), '20260101000000B');
-- record 20260101000000B finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '20260101000000B' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 20260101000000B failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '20260101000000B' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 9_nine
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'c9be144953f1a58b7011243e1ba2989620eff0fe3966e38a2e9b6b5d68864677', pg_catalog.transaction_timestamp(), '9_nine', pg_catalog.clock_timestamp(), 1);
-- record 9_nine started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, 'c9be144953f1a58b7011243e1ba2989620eff0fe3966e38a2e9b6b5d68864677', pg_catalog.clock_timestamp(), '9_nine');
-- record 9_nine finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = '9_nine' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record 9_nine failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = '9_nine' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record alpha
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '7093dc9b5ab72be674dce94343a82d29a4a05aafe6dd0ad8bbc0821659345be6', pg_catalog.transaction_timestamp(), 'alpha', pg_catalog.clock_timestamp(), 1);
-- record alpha started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '7093dc9b5ab72be674dce94343a82d29a4a05aafe6dd0ad8bbc0821659345be6', pg_catalog.clock_timestamp(), 'alpha');
-- record alpha finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = 'alpha' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record alpha failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = 'alpha' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record Zeta
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name, finished_at, applied_steps_count) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '645eff3ae061ec8c09dea06875c8c2a62f78dd108894da45e8b5ed297ea9ae7e', pg_catalog.transaction_timestamp(), 'Zeta', pg_catalog.clock_timestamp(), 1);
-- record Zeta started
INSERT INTO "_prisma_migrations" (id, checksum, started_at, migration_name) VALUES (pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), '4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor(pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text, '645eff3ae061ec8c09dea06875c8c2a62f78dd108894da45e8b5ed297ea9ae7e', pg_catalog.clock_timestamp(), 'Zeta');
-- record Zeta finished
UPDATE "_prisma_migrations" SET applied_steps_count = applied_steps_count + 1, finished_at = pg_catalog.clock_timestamp() WHERE migration_name = 'Zeta' AND finished_at IS NULL AND rolled_back_at IS NULL;
-- record Zeta failed
UPDATE "_prisma_migrations" SET logs = 'ERROR: it''s broken (42601)' WHERE migration_name = 'Zeta' AND finished_at IS NULL AND rolled_back_at IS NULL;
