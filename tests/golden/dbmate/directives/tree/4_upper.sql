-- migrate:up TRANSACTION:false transaction:false:x
select 4;
-- MIGRATE:DOWN
 -- migrate:down
-- migrate:downward
select 5;
-- migrate:down
