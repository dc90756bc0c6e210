-- Up Migration
select 4
-- Down Migration
select 0;
