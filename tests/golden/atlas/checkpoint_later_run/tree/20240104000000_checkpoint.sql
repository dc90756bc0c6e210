-- atlas:checkpoint v2

create table users (id int, mail text);
create index on users (mail);
