/*
 * pg/wait - bring a connection up, or say for certain that it will not come
 *
 * Flow       Each target (the database, tcp://, http://, unix://) is CONNECTING, PAUSING or READY,
 *            all in one libev loop under one deadline: attempts with a deadline of their own,
 *            pauses that grow with jitter (base/backoff). The database's refusals are judged by
 *            pg/refusal.
 * Log        "db.waiting" at the first failure, at each change of reason, and every 10 s; never a
 *            line an attempt
 * Beware     name look-up blocks: only the preparer may call this. A stop signal ends the preparer
 *            by default action here: nothing has been begun.
 */
#ifndef MIGRINIT_PG_WAIT_H
#define MIGRINIT_PG_WAIT_H

#include "pg/conn.h"

struct pg_wait_request {
    const struct pg_target *target;   /* NULL: only the other targets */
    const struct wait_config *limits; /* enabled = false: one attempt, no waiting */
    int64_t deadline_ms;              /* monotonic; INT64_MAX = for ever */
    bool wants_missing; /* 3D000 is an answer (ERR_DB_MISSING at once), not waited for */
};

/*
 * On success *out (when a target was given) is set up (pg_conn_setup) and on a primary; a standby
 * is waited out. Errors: ERR_DB_UNREACHABLE the deadline passed; ERR_DB_REFUSED it will never
 * succeed; ERR_DB_MISSING; ERR_CONFIG a target or setting that libpq or we do not understand.
 */
bool pg_wait(const struct pg_wait_request *request, struct arena *arena, struct pg_conn **out,
             struct error *err) MUST_CHECK;

#endif
