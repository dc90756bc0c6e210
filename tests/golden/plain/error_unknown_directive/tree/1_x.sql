-- migrinit: no-transation
select 1;
