-- migrinit: no-transaction
select 1;
