select 1;
  	-- Up Migration
select 2;
  -- Down Migration
