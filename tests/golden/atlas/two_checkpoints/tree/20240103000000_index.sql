-- atlas:checkpoint

select 2;
