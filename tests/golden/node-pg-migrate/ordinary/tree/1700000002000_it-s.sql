-- Up Migration
select 'it''s'
-- Down Migration
select 0;
