create table users (id int);
select 1 -- not this; drop table users