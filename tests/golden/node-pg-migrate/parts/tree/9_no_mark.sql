-- UpMigration
select 1;
-- Then Down Migration
select 2;