-- migrinit: no-transaction
-- CREATE INDEX CONCURRENTLY does not block writers, and cannot run in a transaction.
CREATE INDEX CONCURRENTLY entry_entered_at ON entry (entered_at);
