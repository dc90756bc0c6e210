-- migrate:up transaction:false
create index concurrently i on users (mail);
-- migrate:down transaction:false
drop index concurrently i;
