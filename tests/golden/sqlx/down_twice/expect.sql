-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 4
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (4, 'd', true, pg_catalog.decode('e98e9a1aee1c90163ea23f00e2bcb36a9e51f70b3c829af971f21c3fb5e7ee52d9e6a1fb201df20a04e2cbb7843f043a', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
