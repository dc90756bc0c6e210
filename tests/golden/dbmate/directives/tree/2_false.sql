-- migrate:up transaction:FALSE
select 2;
-- migrate:down
