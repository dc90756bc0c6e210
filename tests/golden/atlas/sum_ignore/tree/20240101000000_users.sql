-- atlas:sum ignore
create table users (id int);
