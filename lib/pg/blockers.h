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

#include "pg/aside.h"

/*
 * "pid 4711, app, psql (idle in transaction, begun 12 s ago)", three of them at most, joined by
 * "; "; "" when the session beside waits for no lock. Errors: as pg_aside_query
 */
bool pg_blockers(struct pg_aside *aside, char *out, size_t out_size, struct error *err) MUST_CHECK;

#endif
