/*
 * pg/cancel - ask the server to give up the running statement
 *
 * Why here   The request goes over a connection of its own, and PQcancel() blocks until the server
 *            closes that: 135 s were measured where the way is black-holed. So a forked child asks,
 *            and is killed when its time is over. Once the child has ended by itself the server has
 *            sent its signal: no later statement of ours can be hit.
 */
#ifndef MIGRINIT_PG_CANCEL_H
#define MIGRINIT_PG_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "pg/conn.h"

/* Whether the request reached the server; the statement's own answer tells what came of it. */
bool pg_cancel(struct pg_conn *conn, int64_t deadline_ms);

#endif
