-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''migrinit'') THEN CREATE SCHEMA "migrinit"; END IF; END';
CREATE TABLE "migrinit"."migrations" (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, applied_by text);
-- read
SELECT id, checksum, applied_at, duration_ms FROM "migrinit"."migrations" ORDER BY applied_at, id;
-- record 2_mail
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('2_mail', '9f5dce342425a6c523deff13d2d3df9299f3307eb8733774c92bbe941a722ba4', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 10_index started
INSERT INTO "migrinit"."migrations" (id, checksum, applied_at, applied_by) VALUES ('10_index', 'fbeadb55f66bd3b4b5c66184c5adf5037816b6eae76cd640f71b2c64ffb3ec31', 'infinity', pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record 10_index finished
INSERT INTO "migrinit"."migrations" AS m (id, checksum, duration_ms, applied_by) VALUES ('10_index', 'fbeadb55f66bd3b4b5c66184c5adf5037816b6eae76cd640f71b2c64ffb3ec31', 12, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user)) ON CONFLICT (id) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms, applied_by = EXCLUDED.applied_by WHERE m.applied_at = 'infinity';
-- record 10_index failed
DELETE FROM "migrinit"."migrations" WHERE id = '10_index' AND applied_at = 'infinity';
-- record a-last
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('a-last', '4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
-- record seed
INSERT INTO "migrinit"."migrations" (id, checksum, duration_ms, applied_by) VALUES ('seed', '2411c179ad11e54577686ebba42fafcb2cfab897d497729576df9e3d63295ea5', (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::bigint, pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), current_user));
