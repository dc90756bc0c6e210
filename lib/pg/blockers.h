/*
 * pg/blockers - whom a session of ours waits for, asked from beside it
 *
 * Facts      pg_blocking_pids() tells nothing any more once the wait has failed (55P03), so it is
 *            asked while that lasts, over a connection of its own. A role without pg_read_all_stats
 *            sees pid, user and application of others, and not their state (PostgreSQL 15). A
 *            prepared transaction shows as pid 0.
 */
#ifndef MIGRINIT_PG_BLOCKERS_H
#define MIGRINIT_PG_BLOCKERS_H

#include "pg/exec.h"

/*
 * Connect without waiting for a server that is not there, and without the set-up of a session: for
 * a look from aside. Errors: ERR_DB_UNREACHABLE, also past the deadline
 */
bool pg_conn_open_aside(const struct pg_target *target, const struct pg_limits *limits,
                        struct pg_conn **out, struct error *err) MUST_CHECK;

/*
 * "pid 4711, app, psql (idle in transaction, begun 12 s ago)", three of them at most, joined by
 * "; "; "" when the session with that pid waits for no lock. Errors: as pg_query
 */
bool pg_blockers(struct pg_conn *aside, int backend_pid, const struct pg_limits *limits, char *out,
                 size_t out_size, struct error *err) MUST_CHECK;

#endif
