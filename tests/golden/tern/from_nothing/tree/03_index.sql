---- tern: disable-tx ----
create index concurrently i on users (mail);
create index concurrently j on users (id);
---- create above / drop below ----
drop index i;