create table a(i int);
create index concurrently i on a (i);
