-- atlas:delimiter
select 1;
