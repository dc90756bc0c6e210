CREATE TABLE a (i int);
---- create above / drop below ----
DROP TABLE undone;
