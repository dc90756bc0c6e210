-- migrate:up
alter table users add mail text;
-- migrate:down
