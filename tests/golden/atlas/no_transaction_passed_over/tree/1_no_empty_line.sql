-- atlas:txmode none
create index concurrently i on users (id);
