/*
 * pg/exchange - one text on its way to the server, and all that comes back; the inside of pg/exec
 *
 * Inside     pg/exchange_wire waits for the socket, the stop and the deadline; pg/exchange_answer takes
 *            what came; pg/exchange_failure makes one error of it
 */
#ifndef MIGRINIT_PG_EXCHANGE_H
#define MIGRINIT_PG_EXCHANGE_H

#include "pg/conn_intern.h"
#include "pg/exec.h"

/* Why an answer was not waited for. */
enum cut { CUT_NONE, CUT_STOP, CUT_LATE };

/* One text on its way to the server, and all that comes back until the server is ready again. */
struct exchange {
    struct pg_conn *conn;
    int64_t deadline_ms;
    int stop_fd;
    struct pg_watch *watch;
    enum cut cut;

    const struct slice *data; /* for the server's COPY FROM STDIN; NULL: it is refused */
    struct arena *arena;      /* where rows go; NULL: they are dropped one by one */
    struct rowset *rows;

    size_t statements_done;
    size_t error_character;
    bool has_failed;
    struct error failure; /* the first one: what follows is its echo */
};

/* What the server said against it, or that the way to the server is broken. The first one stays. */
void exchange_note_failure(struct exchange *x, const PGresult *result);
void exchange_note_broken(struct exchange *x);

/* Until the socket can be read, or written to. False when the connection is gone afterwards. */
bool exchange_wait(struct exchange *x, bool want_write);

/* Take in what has come. False: the connection was lost, and is dropped. */
bool exchange_read(struct exchange *x);

/* Write all that libpq has for the server. */
bool exchange_flush(struct exchange *x);

/* NULL when all is drained, or the connection is gone. */
PGresult *exchange_next_result(struct exchange *x);

/*
 * Take all results, until the server is ready for the next text: half an answer would be taken for
 * the next one's.
 */
void exchange_drain(struct exchange *x);

#endif
