-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record -9223372036854775808
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (-9223372036854775808, 'b', true, pg_catalog.decode('26e71cc37450b183fb5bb72ec4f644ed27de1b55fad3d4d6cfb0ca0d71f42ca990911d74649814105a190325e15d2092', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
