/*
 * pg/exec - send SQL, wait for its end, or for the deadline, or for a stop signal
 *
 * Why here   Straight-line code on libpq's asynchronous calls: send, poll the socket and the stop
 *            descriptor together, cancel when late or told to stop, always drain what comes back.
 * Facts      PQcancel() of libpq 15 blocks (135 s measured when the way is black-holed): it runs in
 *            a forked child with a deadline of 3 s. A COPY ... FROM STDIN is answered with an end
 *            of copy.
 */
#ifndef MIGRINIT_PG_EXEC_H
#define MIGRINIT_PG_EXEC_H

#include "pg/conn.h"
#include "sql/rowset.h"

/* Looks around while an answer is waited for; it may use other connections only. */
struct pg_watch {
    int64_t next_ms;  /* monotonic; look() puts it off */
    int64_t begun_ms; /* when what is waited for was sent */
    void (*look)(struct pg_watch *watch);
};

struct pg_limits {
    int64_t deadline_ms;    /* monotonic; INT64_MAX for none */
    int stop_fd;            /* readable when a stop signal came; -1 for none. It is not read. */
    struct pg_watch *watch; /* NULL for none */
};

/* Where a text of several statements ended. */
struct pg_run {
    size_t statements_done; /* results without error so far */
    size_t
        error_character; /* 1-based, in characters of the text as sent; 0 = the server gave none */
    bool is_connection_lost;
    bool is_in_transaction; /* the session's state afterwards */
};

/*
 * Run one query, keep its rows. Errors: ERR_MIGRATION with SQLSTATE, detail and hint of the server;
 * ERR_CONNECTION when the session is gone; ERR_CONFIG where a pooler in statement mode has ended
 * it because of a transaction; ERR_INTERRUPTED after a stop signal (cancelled and
 * drained); ERR_MIGRATION "time limit" past the deadline (cancelled and drained).
 */
bool pg_query(struct pg_conn *conn, struct slice sql, const struct pg_limits *limits,
              struct arena *arena, struct rowset *rows, struct error *err) MUST_CHECK;

/*
 * Run a text of any number of statements in one message; rows are drained and dropped. A session
 * that a failure leaves inside a transaction is rolled back. Errors as pg_query. When a cancel came
 * too late and the text was done all the same, that is success: the answer counts, not the wish.
 */
bool pg_run(struct pg_conn *conn, struct slice sql, const struct pg_limits *limits,
            struct pg_run *run, struct error *err) MUST_CHECK;

/* One COPY ... FROM STDIN with its data. As pg_run. */
bool pg_copy(struct pg_conn *conn, struct slice sql, struct slice data,
             const struct pg_limits *limits, struct pg_run *run, struct error *err) MUST_CHECK;

#endif
