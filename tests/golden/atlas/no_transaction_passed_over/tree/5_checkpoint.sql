-- atlas:checkpoint
select 1;
