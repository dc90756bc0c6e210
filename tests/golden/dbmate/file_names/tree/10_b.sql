-- migrate:up
select 10;
-- migrate:down
