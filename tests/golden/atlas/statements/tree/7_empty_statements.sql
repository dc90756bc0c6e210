;;
select 1
