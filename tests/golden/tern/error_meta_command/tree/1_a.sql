select 1;
\i x.sql
---- create above / drop below ----
