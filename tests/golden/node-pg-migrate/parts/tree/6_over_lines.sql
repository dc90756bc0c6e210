--
-- Up
Migration
select 1;
-- Down Migrations
select 2