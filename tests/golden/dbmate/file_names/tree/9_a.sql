-- migrate:up
select 9;
-- migrate:down
