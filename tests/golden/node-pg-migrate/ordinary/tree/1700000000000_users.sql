-- Up Migration
create table users (id int);
-- Down Migration
select 0;
