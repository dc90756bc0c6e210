-- migrinit: allow-destructive truncate, drop-column
TRUNCATE logs;
UPDATE users SET age = 1;
