-- migrate:up
select 1;
-- migrate:down
-- migrate:down
