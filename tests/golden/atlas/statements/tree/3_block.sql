begin work; select 1; end;
select 2;
