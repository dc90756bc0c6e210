-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 1_a
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('1_a', 'f7c738fb7318633b0738cec331ed9099022633997a9c37ece4de773e4edb8e28', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 2_b
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('2_b', '8058020fec196f5373a2d8e5d4ee95dec099f68140ba73a5fc20086f24caf018', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 3_c
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('3_c', '756b087d92350e43ff50dd93e33f3972251a979c6c24390e324cd4cd53a1249e', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
