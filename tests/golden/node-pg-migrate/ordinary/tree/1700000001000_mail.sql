-- Up Migration
alter table users add mail text;
-- Down Migration
select 0;
