-- atlas:delimiter \n\n\n
create table a (i int);
insert into a values (1)


-- note; here

insert into a values (2); -- x


