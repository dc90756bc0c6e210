-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 1_x
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('1_x', '8083bda783a0274cc9742776e1e7d41a15bd624944fac44533b9d59c1af37f25', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
