-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 01_a
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('01_a', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 1
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('1', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 1_b
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('1_b', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 00000000000000000000000002_x
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('00000000000000000000000002_x', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 20240101000000_y
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('20240101000000_y', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
