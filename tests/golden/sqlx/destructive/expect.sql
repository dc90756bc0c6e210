-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 1
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (1, 'a', true, pg_catalog.decode('8b0ca37988520d07e1f9e9e30978b40ec5a093eef0eac95bd3696b1cd7c99e5b5b8e02c1d8338db402a4e8d1eb0ed6a8', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 2
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (2, 'b', true, pg_catalog.decode('fdc56743120837d85b8a276bb59b01e8a1549014696d865d3ae6a50b03c60ff99c78b43451fe77ef7511c9c1b635d7dd', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 3
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (3, 'c', true, pg_catalog.decode('13d4972e307f464ee9824d709212d80b4182a02deaeebda7c2dbf4829f8e263dcbd3c56bde6a7f7e285b7f32f367d0d2', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
