-- migrate:up
create table users (id int);
-- migrate:down
