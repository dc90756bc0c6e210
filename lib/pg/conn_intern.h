/*
 * pg/conn_intern - the inside of a session, for the rooms of this wing only
 */
#ifndef MIGRINIT_PG_CONN_INTERN_H
#define MIGRINIT_PG_CONN_INTERN_H

#include <libpq-fe.h>

#include "base/slice.h"
#include "pg/conn.h"

struct pg_conn {
    PGconn *pg; /* NULL once it was dropped; libpq's functions take that for a lost connection */
    const struct pg_target *target;
    struct pg_session session;
    enum pg_poll poll;
    struct pg_prelude reset; /* what pg_conn_setup() made of the session */
    bool lacks_check;        /* the server's system cannot tell that we are gone */
    unsigned notices_told;   /* since the last text was sent: a flood ends at NOTICES_MAX */
    unsigned notices_kept_back;

    char ahead[640];        /* statements to send ahead of the next query; "" for none */
    long long ahead_answer; /* of the one that has rows, the first cell; -1 until there is one. The
                               others are the session's backend_pid and is_standby. */
};

/*
 * Begin connecting to the very server that another session is with: by the address that it found,
 * since a look-up could block, and since another host of the URL would know nothing of it. Errors:
 * as pg_conn_start
 */
bool pg_conn_start_beside(const struct pg_conn *beside, struct pg_conn **out,
                          struct error *err) MUST_CHECK;

/* Foreign text without secrets, in one printable line. */
void pg_conn_redact(const struct pg_conn *conn, struct slice text, char *out, size_t out_size);

/*
 * Close the socket now and keep the shell: nothing that the server may still do for us matters any
 * more. It finds out by client_connection_check_interval and rolls back.
 */
void pg_conn_drop(struct pg_conn *conn);

/* One line about the notices that were not shown; counting begins anew. */
void pg_conn_notices_end(struct pg_conn *conn);

#endif
