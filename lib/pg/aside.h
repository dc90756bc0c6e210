/*
 * pg/aside - a second connection, for looks at a session of ours that is busy
 *
 * Why here   While a statement runs its own connection answers nothing. Another one can ask what it
 *            does, whom it waits for, how far it is. It is a luxury: opened at the first look that
 *            needs it, in vain where the server has no room or the pooler no session for it, and
 *            closed with what it looks at.
 * Beware     A look holds up whoever looks. So it ends at once when the session beside has news or
 *            a stop signal comes, and in any case after two seconds. The server's name is not looked
 *            up again: the address is that of the session beside.
 */
#ifndef MIGRINIT_PG_ASIDE_H
#define MIGRINIT_PG_ASIDE_H

#include "pg/exec.h"

struct pg_aside {
    const struct pg_conn *beside;
    int stop_fd; /* -1 for none */

    struct pg_conn *conn; /* NULL while there is none */
    struct pg_limits limits;
    int attention_fd;
    bool has_failed; /* in this look, and is not tried again in it */
};

/* Around what is asked at one time. */
void pg_aside_begin(struct pg_aside *aside);
void pg_aside_end(struct pg_aside *aside);

/*
 * Ask; connect before if need be, without the set-up of a session. Errors: ERR_DB_UNREACHABLE, or as
 * pg_query; the connection is closed then
 */
bool pg_aside_query(struct pg_aside *aside, struct slice sql, struct arena *arena,
                    struct rowset *rows, struct error *err) MUST_CHECK;

void pg_aside_close(struct pg_aside *aside);

#endif
