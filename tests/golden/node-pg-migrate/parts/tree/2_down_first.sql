-- Down Migration
select 1;
-- Up Migration
select 2;