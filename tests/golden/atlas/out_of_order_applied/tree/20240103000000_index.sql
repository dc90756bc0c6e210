create index on users (mail);
