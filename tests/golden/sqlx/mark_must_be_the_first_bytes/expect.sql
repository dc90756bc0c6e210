-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 1
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (1, 'comment', true, pg_catalog.decode('1cd57054b6f1f5b7f4bfce9aee1601397e476b2c33e9724f7ecd53c441831eb2f2af4bf4e91749a1ec5e2093480d9bb5', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 2
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (2, 'bom', true, pg_catalog.decode('323e1d2ea2b9e7388870fbba4a3cdf7dde3b575e64230424df538e523e98aeb2672e5f991a9aabe5752b56e6777e2e3c', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 3
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (3, 'space', true, pg_catalog.decode('9ad3250e5269cb6bd91168f7ffdcec30e3a941bbcb1055d574623cd3b02c42a6ca7de46f7461bd4013f2fd9d1a967cb1', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 4 finished
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (4, 'right', true, pg_catalog.decode('d17ace80ddbe9fdc9b0e943e71d18fcc57f0ae79928d79e8335c617e96c7077ae11ce529990f03f7f93498a444b36c0b', 'hex'), 12000000);
