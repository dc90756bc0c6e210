-- a comment

--- UP   migration of users
select 1;
--  down Migration
select 2;