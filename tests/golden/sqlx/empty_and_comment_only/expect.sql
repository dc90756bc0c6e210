-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 1
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (1, 'empty', true, pg_catalog.decode('38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 2
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (2, 'comment', true, pg_catalog.decode('8ffeb274e8e206700d5098148e76ae6fc3ecfd63e4b71fdbe3ed1e4ad0bbfb9b1d329529d8c2b6d3ba0ba16208d78ff6', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
