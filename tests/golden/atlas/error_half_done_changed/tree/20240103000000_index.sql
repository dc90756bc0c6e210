-- atlas:txmode none

create index concurrently i on users (id);
-- between
create index concurrently j on users (mail);
select 'it''s';
