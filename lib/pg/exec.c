#include "pg/exec.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "pg/exchange.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* What a server has to roll back. */
enum { ROLLBACK_MS = 3000 };

/* libpq wants a terminator, and would send no more than what stands before a NUL byte. */
static bool send_text(struct exchange *x, struct slice sql)
{
    char *text = strndup(sql.len ? sql.ptr : "", sql.len);
    bool is_sent =
        text && PQsetnonblocking(x->conn->pg, true) == 0 && PQsendQuery(x->conn->pg, text) == 1;

    free(text);
    if (is_sent && !x->rows)
        PQsetSingleRowMode(x->conn->pg); /* rows that nobody keeps need no memory either */
    return is_sent;
}

static void note_begun(const struct exchange *x)
{
    if (x->watch)
        x->watch->begun_ms = clock_monotonic_ms();
}

static bool is_stopped(const struct exchange *x)
{
    return x->stop_fd >= 0 && fd_wait(x->stop_fd, false, -1, clock_monotonic_ms()) == FD_READY;
}

static void exchange_run(struct exchange *x, struct slice sql)
{
    bool is_sent = false;

    if (is_stopped(x)) {
        x->cut = CUT_STOP;
        x->has_failed = true;
    } else if (sql.len && memchr(sql.ptr, '\0', sql.len)) {
        x->has_failed = true;
        error_set(&x->failure, ERR_CONFIG, "NUL byte in the SQL text");
    } else {
        note_begun(x);
        is_sent = send_text(x, sql) && exchange_flush(x);
        exchange_drain(x);
        pg_conn_notices_end(x->conn);
    }
    if (!is_sent)
        exchange_note_broken(x);
}

static bool failed_by_cut(const struct exchange *x)
{
    const char *sqlstate = x->failure.sqlstate;

    return x->cut != CUT_NONE &&
           (!sqlstate[0] || x->failure.code == ERR_CONNECTION || strcmp(sqlstate, "57014") == 0);
}

/* A cancel that came too late for a statement that was done is no failure: the answer counts. */
static bool exchange_judge(const struct exchange *x, struct error *err)
{
    if (!x->has_failed)
        return true;
    if (!failed_by_cut(x)) {
        *err = x->failure;
        return false;
    }
    if (x->cut == CUT_STOP)
        return error_set(err, ERR_INTERRUPTED, "stopped by a signal");
    error_set(err, ERR_MIGRATION, "time limit reached, %s",
              x->conn->pg ? "the statement was cancelled" : "the connection was closed");
    memcpy(err->sqlstate, x->failure.sqlstate, sizeof err->sqlstate);
    return false;
}

static struct exchange exchange_with(struct pg_conn *conn, const struct pg_limits *limits)
{
    return (struct exchange){.conn = conn,
                             .deadline_ms = limits->deadline_ms,
                             .stop_fd = limits->stop_fd,
                             .watch = limits->watch};
}

/*
 * Several statements in one message are one transaction. Where a role's default would freeze its
 * snapshot with the first of them, the query would not see what is true under the lock that was
 * just taken.
 */
static struct slice with_ahead(const struct pg_conn *conn, struct slice sql, struct arena *arena)
{
    struct buf both = buf_in(arena);

    if (!conn->ahead[0])
        return sql;
    buf_add_text(&both, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ");
    buf_add_text(&both, conn->ahead);
    buf_add(&both, sql);
    return buf_slice(&both);
}

bool pg_query(struct pg_conn *conn, struct slice sql, const struct pg_limits *limits,
              struct arena *arena, struct rowset *rows, struct error *err)
{
    struct exchange x = exchange_with(conn, limits);
    struct rowset kept = {0};

    x.arena = arena;
    x.rows = &kept;
    exchange_run(&x, with_ahead(conn, sql, arena));
    conn->ahead[0] = '\0';
    if (!exchange_judge(&x, err))
        return false;
    *rows = kept;
    return true;
}

/* A server that does not roll back when asked does so when the connection is gone. */
static void roll_back(struct pg_conn *conn)
{
    struct exchange x = {
        .conn = conn,
        .deadline_ms = clock_monotonic_ms() + ROLLBACK_MS,
        .stop_fd = -1,
        .cut = CUT_LATE, /* no cancel when this is late, too */
    };

    exchange_run(&x, SLICE("ROLLBACK"));
    if (x.has_failed)
        pg_conn_drop(conn);
}

static bool run_exchange(struct exchange *x, struct slice sql, struct pg_run *run,
                         struct error *err)
{
    struct pg_conn *conn = x->conn;

    exchange_run(x, sql);
    if (x->has_failed && pg_conn_is_in_transaction(conn))
        roll_back(conn);
    *run = (struct pg_run){
        .statements_done = x->statements_done,
        .error_character = x->error_character,
        .is_connection_lost = PQstatus(conn->pg) != CONNECTION_OK,
        .is_in_transaction = pg_conn_is_in_transaction(conn),
    };
    return exchange_judge(x, err);
}

bool pg_run(struct pg_conn *conn, struct slice sql, const struct pg_limits *limits,
            struct pg_run *run, struct error *err)
{
    struct exchange x = exchange_with(conn, limits);

    return run_exchange(&x, sql, run, err);
}

bool pg_copy(struct pg_conn *conn, struct slice sql, struct slice data,
             const struct pg_limits *limits, struct pg_run *run, struct error *err)
{
    struct exchange x = exchange_with(conn, limits);

    x.data = &data;
    return run_exchange(&x, sql, run, err);
}
