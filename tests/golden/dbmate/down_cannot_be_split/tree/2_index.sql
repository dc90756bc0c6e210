-- migrate:up
CREATE INDEX i ON users (id);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY i;
VACUUM users
