-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''graphile_migrate'') THEN CREATE SCHEMA "graphile_migrate"; END IF; END';
CREATE TABLE "graphile_migrate"."migrations" (hash text PRIMARY KEY, previous_hash text REFERENCES "graphile_migrate"."migrations", filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS "graphile_migrate"."current" (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL, date timestamptz NOT NULL DEFAULT now());
-- read
SELECT filename, hash, date FROM "graphile_migrate"."migrations" ORDER BY filename;
-- record 000001.sql
INSERT INTO "graphile_migrate"."migrations" (hash, previous_hash, filename) VALUES ('sha1:6f5d52040d236b269ec58babceae8ee759778232', NULL, '000001.sql');
-- record 000002.sql
INSERT INTO "graphile_migrate"."migrations" (hash, previous_hash, filename) VALUES ('sha1:c59ad50631ff6a603a8b85438953cd7f81186805', 'sha1:6f5d52040d236b269ec58babceae8ee759778232', '000002.sql');
-- record 000003.sql
INSERT INTO "graphile_migrate"."migrations" (hash, previous_hash, filename) VALUES ('sha1:f746a2d9177a08039e1ed74d3759ba8e6e1b5f0a', 'sha1:c59ad50631ff6a603a8b85438953cd7f81186805', '000003.sql');
