-- Up Migration
select 10
-- Down Migration
select 0;
