-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record -5
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (-5, 'minus', true, pg_catalog.decode('986efcbb2c657ef7212212e717577b9d5262194ab656235f40c7826adfbb01a673974bd13308bc004d8d93216a68b4f0', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 7
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (7, 'plus', true, pg_catalog.decode('e3c22176ba0152b893dfc5832ff33e7b10f6f308bcf7a2cb3186e1df20b41808b8ab6393a45dd1b0ead0349a9d7b66c9', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 8
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (8, 'it''s', true, pg_catalog.decode('07780477349dfb8e16e0ee91f542208a7375ecc2dd2c3c58886ab8178f1f0d2fae2acb2860280fb1e3893016c0d2bb5e', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 9
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (9, 'a', true, pg_catalog.decode('a059490d18ba023275e5232214c791b6a727c3a4a9e378383de1b42158eba1a8a8f9ffaa02c415d56cc8ff2d6cfbc361', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 10
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (10, 'b', true, pg_catalog.decode('af94e6688fb102b93c00e70fb6298695205bf906c9c24fda808059d41e10b77656068817dc33fd614bf5a4fb0d18b70c', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 16
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (16, '', true, pg_catalog.decode('96955d9674ed8efc85492aab0b2dd213020fde3efd757252c144df9a3fb06cbf09a8e86ecd36f0ab80ab4b1e3ce732b9', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
