-- migrinit: allow-destructive update
-- migrate:up transaction:false
-- migrinit: allow-destructive truncate, drop-column
TRUNCATE logs;
UPDATE users SET age = 1;
-- migrate:down
DROP TABLE undone;
