-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 0000_a
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('0000_a', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
