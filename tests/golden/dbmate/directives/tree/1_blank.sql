
-- a comment; it's
   -- migrate:up

--migrate:up
select 1;
--   migrate:down
select 'down'
