-- c1
create table b(i int);