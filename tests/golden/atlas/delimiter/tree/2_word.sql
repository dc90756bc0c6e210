-- atlas:delimiter -- end
create function f() returns int language sql as 'select 1; select 2' -- end
select f();
select 3 -- end
