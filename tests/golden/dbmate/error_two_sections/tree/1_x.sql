-- migrate:up
select 1;
-- migrate:down
-- migrate:up
select 1;
-- migrate:down
