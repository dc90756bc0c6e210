/*
 * pg/lock - the advisory lock: one migrator at a time
 *
 * Why here   Polled with pg_try_advisory_lock() in autocommit. A session that waits inside
 *            pg_advisory_lock() holds a snapshot, and the holder's CREATE INDEX CONCURRENTLY then
 *            fails with a deadlock (40P01) or hangs.
 * Key        64 bits of SHA-256 over a fixed prefix and what is guarded; advisory locks are per
 *            database already.
 */
#ifndef MIGRINIT_PG_LOCK_H
#define MIGRINIT_PG_LOCK_H

#include "pg/exec.h"

/* guarded: the bookkeeping table "schema.table", or "command NAME" for a command step. */
int64_t pg_lock_key(struct slice guarded);

bool pg_lock_try(struct pg_conn *conn, int64_t key, const struct pg_limits *limits, bool *is_held,
                 struct error *err) MUST_CHECK;

/* Errors: ERR_CONNECTION, or ERR_MIGRATION when the server says that the lock was not ours. */
bool pg_lock_release(struct pg_conn *conn, int64_t key, const struct pg_limits *limits,
                     struct error *err) MUST_CHECK;

/* Who holds it, for the log: "pid 4711, migrinit web-7d9f (12 s, active)"; "" when nobody does. */
bool pg_lock_holder(struct pg_conn *conn, int64_t key, const struct pg_limits *limits, char *out,
                    size_t out_size, struct error *err) MUST_CHECK;

#endif
