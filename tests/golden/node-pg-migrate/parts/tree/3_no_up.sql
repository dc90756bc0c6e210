select 1;
-- Down Migration
select 2;