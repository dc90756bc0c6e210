-- create
DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ''drizzle'') THEN CREATE SCHEMA "drizzle"; END IF; END';
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint, name text, applied_at timestamp with time zone DEFAULT now());
-- read
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass('"drizzle"."__drizzle_migrations"') AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, pg_catalog.to_jsonb(t) ->> 'name', pg_catalog.to_jsonb(t) ->> 'applied_at' FROM (VALUES (1)) AS one LEFT JOIN "drizzle"."__drizzle_migrations" AS t ON true ORDER BY t.id;
-- record 00500101000000_year_50
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', -631152000000, '00500101000000_year_50');
-- record 00500101000000_year_50 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', -631152000000, '00500101000000_year_50');
-- record 19000301000000_before
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', -2203891200000, '19000301000000_before');
-- record 19000301000000_before finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', -2203891200000, '19000301000000_before');
-- record 20000301000000_after
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 951868800000, '20000301000000_after');
-- record 20000301000000_after finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 951868800000, '20000301000000_after');
-- record 201801010000001_longer
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1514764800000, '201801010000001_longer');
-- record 201801010000001_longer finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1514764800000, '201801010000001_longer');
-- record 20240001000000_month_0
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1701388800000, '20240001000000_month_0');
-- record 20240001000000_month_0 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1701388800000, '20240001000000_month_0');
-- record 20240100000000_day_0
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1703980800000, '20240100000000_day_0');
-- record 20240100000000_day_0 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1703980800000, '20240100000000_day_0');
-- record 20240229235959_leap
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1709251199000, '20240229235959_leap');
-- record 20240229235959_leap finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1709251199000, '20240229235959_leap');
-- record 20241301000000_month_13
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1735689600000, '20241301000000_month_13');
-- record 20241301000000_month_13 finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 1735689600000, '20241301000000_month_13');
-- record 99999999999999_nines
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 253637152839000, '99999999999999_nines');
-- record 99999999999999_nines finished
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at, name) VALUES ('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a', 253637152839000, '99999999999999_nines');
