-- migrate:up transaction:false x:y transaction:true
select 3;
-- migrate:down
