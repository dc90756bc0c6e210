create table a(i int);
insert into a values (1);
