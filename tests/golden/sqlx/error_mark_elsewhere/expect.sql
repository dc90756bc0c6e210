-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 1
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (1, 'comment', true, pg_catalog.decode('1cd57054b6f1f5b7f4bfce9aee1601397e476b2c33e9724f7ecd53c441831eb2f2af4bf4e91749a1ec5e2093480d9bb5', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
