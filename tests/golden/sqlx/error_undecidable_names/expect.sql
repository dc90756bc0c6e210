-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 1
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (1, 'users', true, pg_catalog.decode('6337697883ead93bde2c64aa4c89983e494facc84418dc07c69854725a0401e9abccd1b1a56f06b2871d89dd25d29d40', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 2
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (2, 'mail', true, pg_catalog.decode('face0c982f01e97d124c5d3082ec54bc80b82ce47fbf77056f33fb7bad749f10530b86a62212612f53b09dba4627b9aa', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
