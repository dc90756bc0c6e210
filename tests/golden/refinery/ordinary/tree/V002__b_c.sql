alter table a add t text;
insert into a values (1);