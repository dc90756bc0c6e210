-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 1_x started
INSERT INTO "migrinit"."migrations" (id, checksum, applied_at, applied_by) VALUES ('1_x', '05c78a1f0495bfcee7692618e7bf122fc2963f5cc2e6831543ae6b3d62f7f961', 'infinity', pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 1_x finished
INSERT INTO "migrinit"."migrations" AS m (id, checksum, duration_ms, applied_by) VALUES ('1_x', '05c78a1f0495bfcee7692618e7bf122fc2963f5cc2e6831543ae6b3d62f7f961', 12, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user)) ON CONFLICT (id) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms, applied_by = EXCLUDED.applied_by WHERE m.applied_at = 'infinity';
-- record 1_x failed
DELETE FROM "migrinit"."migrations" WHERE id = '1_x' AND applied_at = 'infinity';
-- record 2_y
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('2_y', 'cde56e0120efe41e9c3dbac7fab840a95817cb7b34c12b2eb7e7b8e029a9281c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
