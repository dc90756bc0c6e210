-- create
DO 'BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_class o WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema) AND relkind IN (''r'', ''p'', ''v'', ''m'', ''S'', ''f'') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = ''e'') UNION ALL SELECT FROM pg_catalog.pg_type o WHERE typnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema) AND typcategory NOT IN (''A'', ''C'') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = ''e'') UNION ALL SELECT FROM pg_catalog.pg_proc o WHERE pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = ''e'')) THEN RAISE EXCEPTION ''the schema is not empty, and has no history of Flyway''''s'' USING HINT = ''say which version is there already: migrinit baseline VERSION, or [migrate] baseline_on_migrate''; END IF; END';
CREATE TABLE "flyway_schema_history" (installed_rank int NOT NULL, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL, CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY (installed_rank));
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" (success);
-- read
SELECT version, description, type, checksum, success, installed_on, execution_time FROM "flyway_schema_history" ORDER BY installed_rank;
-- record 1 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '1', 'a', 'SQL', 'V1__a.sql', 308934942, current_user, 12, true FROM "flyway_schema_history";
-- record 1 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '1', 'a', 'SQL', 'V1__a.sql', 308934942, current_user, 12, false FROM "flyway_schema_history";
-- record 2 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '2', 'b', 'SQL', 'V2__b.sql', -1784778339, current_user, 12, true FROM "flyway_schema_history";
-- record 2 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '2', 'b', 'SQL', 'V2__b.sql', -1784778339, current_user, 12, false FROM "flyway_schema_history";
-- record 3 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '3', 'c', 'SQL', 'V3__c.sql', 942629515, current_user, 12, true FROM "flyway_schema_history";
-- record 3 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '3', 'c', 'SQL', 'V3__c.sql', 942629515, current_user, 12, false FROM "flyway_schema_history";
-- record 4 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '4', 'd', 'SQL', 'V4__d.sql', 1719613616, current_user, 12, true FROM "flyway_schema_history";
-- record 4 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '4', 'd', 'SQL', 'V4__d.sql', 1719613616, current_user, 12, false FROM "flyway_schema_history";
-- record 5
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '5', 'e', 'SQL', 'V5__e.sql', -1336725530, current_user, (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::int, true FROM "flyway_schema_history";
-- record 6
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '6', 'f', 'SQL', 'V6__f.sql', 1453213502, current_user, (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000)::int, true FROM "flyway_schema_history";
-- record 7 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '7', 'g', 'SQL', 'V7__g.sql', -157270891, current_user, 12, true FROM "flyway_schema_history";
-- record 7 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '7', 'g', 'SQL', 'V7__g.sql', -157270891, current_user, 12, false FROM "flyway_schema_history";
-- record 8 finished
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '8', 'h', 'SQL', 'V8__h.sql', -531980274, current_user, 12, true FROM "flyway_schema_history";
-- record 8 failed
INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, '8', 'h', 'SQL', 'V8__h.sql', -531980274, current_user, 12, false FROM "flyway_schema_history";
