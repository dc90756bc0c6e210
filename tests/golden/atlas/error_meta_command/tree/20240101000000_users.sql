\connect x
select 1;
