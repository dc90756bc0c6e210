select 1;
DELIMITER //
create table ü (i int)//
DELIMITER ;
select 2;
