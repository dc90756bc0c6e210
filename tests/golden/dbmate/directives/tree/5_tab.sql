--	migrate:up	transaction:false
select 6;
-- migrate:down
