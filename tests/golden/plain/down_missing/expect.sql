-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 4_d
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('4_d', 'c980053b69dbee7f27e02733be08eb3ced25a843d34988993ea07ecb1c65408e', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 5_e
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('5_e', '645eff3ae061ec8c09dea06875c8c2a62f78dd108894da45e8b5ed297ea9ae7e', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
