-- create
CREATE TABLE "_sqlx_migrations" (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
-- read
SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, execution_time, success FROM "_sqlx_migrations" ORDER BY version;
-- record 20240101000000
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (20240101000000, 'create a', true, pg_catalog.decode('8ebdb5a8cffccddacd013791c3a8f4170866b598141f9649fa73d3d67b218a636906eb776d795cb41dd5248c3d93edff', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 20240102000000
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (20240102000000, 'add b  c', true, pg_catalog.decode('39c62b94529e5f7741e1764fcd777096abd53e9c65d1cb427771cba9971c43816d44f3fca7864bdc5462344019546772', 'hex'), (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000000000)::bigint);
-- record 20240103000000 finished
INSERT INTO "_sqlx_migrations" (version, description, success, checksum, execution_time) VALUES (20240103000000, 'index', true, pg_catalog.decode('004f94bf2157941d66e54835defa87919465acdda17c2b6d3ee7b45d1b1a1069482b05d5484007d143adcbbf54b13959', 'hex'), 12000000);
