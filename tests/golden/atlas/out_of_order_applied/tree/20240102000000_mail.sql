alter table users add mail text;
insert into users values (1, 'a;b');
