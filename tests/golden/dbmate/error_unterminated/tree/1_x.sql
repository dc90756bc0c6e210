-- up comes
-- migrate:up
select 1;
	select 'it''s;
-- migrate:down
select ''''