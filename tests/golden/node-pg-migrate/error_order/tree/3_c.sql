-- Up Migration
select 3
-- Down Migration
select 0;
