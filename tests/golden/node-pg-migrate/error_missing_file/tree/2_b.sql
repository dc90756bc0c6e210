-- Up Migration
select 2
-- Down Migration
select 0;
