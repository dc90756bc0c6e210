create unique index concurrently i on a (i);
DROP INDEX /* x */ CONCURRENTLY j;
