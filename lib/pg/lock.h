/*
 * pg/lock - the advisory lock: one migrator at a time
 *
 * Why here   Polled with pg_try_advisory_lock(). A session that waits inside
 *            pg_advisory_lock() holds a snapshot, and the holder's CREATE INDEX CONCURRENTLY then
 *            fails with a deadlock (40P01) or hangs.
 * Pooler     A session's lock would stay behind in the pool (PgBouncer 1.18: 611 s, until its idle
 *            server was closed). Behind one, the lock is that of a transaction, begun in the same
 *            message, and everything done under it is part of that transaction: one COMMIT a lock.
 * Key        64 bits of SHA-256 over a fixed prefix and what is guarded; advisory locks are per
 *            database already.
 */
#ifndef MIGRINIT_PG_LOCK_H
#define MIGRINIT_PG_LOCK_H

#include "pg/exec.h"

/* guarded: the bookkeeping table "schema.table", or "command NAME" for a command step. */
int64_t pg_lock_key(struct slice guarded);

/*
 * Try locks one after the other, up to the first that somebody else holds, without a round trip of
 * their own: they go ahead of the next pg_query(), in the same message, and are tried before it
 * takes its snapshot. pg_lock_tried() gives how many of them are ours now; where nothing was asked
 * in between it asks by itself. Asked along: the server's pid, and whether it is in recovery, in
 * which advisory locks are to be had as well (pg_conn_session()).
 */
enum { PG_LOCK_KEYS_MAX = 4 };
void pg_lock_try_ahead(struct pg_conn *conn, const int64_t *keys, size_t count);
bool pg_lock_tried(struct pg_conn *conn, const struct pg_limits *limits, size_t *held_count,
                   struct error *err) MUST_CHECK;

/* All of them in one round trip; behind a pooler what was not committed is rolled back. Errors:
 * ERR_CONNECTION, or ERR_MIGRATION when the server says that one of them was not ours. */
bool pg_lock_release(struct pg_conn *conn, const int64_t *keys, size_t count,
                     const struct pg_limits *limits, struct error *err) MUST_CHECK;

/* Who holds it, for the log: "pid 4711, migrinit web-7d9f (12 s, active)"; "" when nobody does. */
bool pg_lock_holder(struct pg_conn *conn, int64_t key, const struct pg_limits *limits, char *out,
                    size_t out_size, struct error *err) MUST_CHECK;

#endif
