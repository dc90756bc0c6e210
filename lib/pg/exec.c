#include "pg/exec.h"

#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/buf.h"
#include "pg/cancel.h"
#include "pg/conn_intern.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* After a stop or the deadline: time to deliver the cancel, then time for the answer to it. */
enum { CANCEL_MS = 3000, ANSWER_MS = 3000, ROLLBACK_MS = 3000 };

static const char copy_refusal[] = "COPY FROM STDIN is not supported in a migration";
static const char copy_break[] = "the data could not be sent";

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

/* --- errors ------------------------------------------------------------------------------ */

static void redact(const struct exchange *x, const char *text, char *out, size_t out_size)
{
    pg_conn_redact(x->conn, slice_from(text), out, out_size);
}

static void set_hint(const struct exchange *x, const PGresult *result, struct error *err)
{
    const char *servers = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *ours = sqlstate_hint(err->sqlstate);

    if (servers)
        redact(x, servers, err->hint, sizeof err->hint);
    else if (ours)
        error_hint(err, "%s", ours);
}

/* "ERROR: column "totl" does not exist" with SQLSTATE, DETAIL and HINT in their places. */
static void failure_of_server(struct exchange *x, const PGresult *result, const char *sqlstate)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    char text[sizeof x->failure.what - 16];

    redact(x, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), text, sizeof text);
    error_set(&x->failure, ERR_MIGRATION, "%s: %s", severity ? severity : "ERROR", text);
    memcpy(x->failure.sqlstate, sqlstate, sizeof x->failure.sqlstate - 1);
    redact(x, detail ? detail : PQresultErrorField(result, PG_DIAG_CONTEXT), x->failure.detail,
           sizeof x->failure.detail);
    set_hint(x, result, &x->failure);
    x->error_character = position ? strtoul(position, NULL, 10) : 0;
    if (sqlstate_is_connection_loss(sqlstate))
        x->failure.code = ERR_CONNECTION;
}

/* A result without SQLSTATE is libpq's own: the way to the server is broken. */
static void failure_of_libpq(struct exchange *x, const char *message)
{
    char text[sizeof x->failure.what];

    redact(x, message, text, sizeof text);
    error_set(&x->failure, ERR_CONNECTION, "%s", text[0] ? text : "the connection is closed");
}

/* PgBouncer 1.18 says so with FATAL once a transaction is open, behind the answers to the rest. */
static bool is_of_statement_pool(const PGresult *result, const char *sqlstate)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    return sqlstate && strcmp(sqlstate, "08P01") == 0 && text &&
           strstr(text, "statement pooling mode");
}

static void failure_of_statement_pool(struct exchange *x, const char *sqlstate)
{
    x->failure = (struct error){0};
    error_set(&x->failure, ERR_CONFIG,
              "the pooler is in statement mode (PgBouncer: pool_mode = statement), where no "
              "transaction is possible, and this needs one");
    memcpy(x->failure.sqlstate, sqlstate, sizeof x->failure.sqlstate - 1);
    error_hint(&x->failure,
               "set MIGRATE_DATABASE_URL (or DIRECT_URL) to a URL that leads to the server itself, "
               "or to a pool in transaction mode; the app keeps its own");
}

static void note_failure(struct exchange *x, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (is_of_statement_pool(result, sqlstate)) {
        x->has_failed = true;
        failure_of_statement_pool(x, sqlstate);
        return;
    }
    if (x->has_failed)
        return;
    x->has_failed = true;
    if (sqlstate && strlen(sqlstate) == 5)
        failure_of_server(x, result, sqlstate);
    else
        failure_of_libpq(x, PQresultErrorMessage(result));
}

static void note_broken(struct exchange *x)
{
    if (!x->has_failed)
        failure_of_libpq(x, PQerrorMessage(x->conn->pg));
    x->has_failed = true;
}

/* --- waiting ----------------------------------------------------------------------------- */

/*
 * The time is over, or a stop signal came. Before the session is set up nothing has been begun that
 * is worth a cancel. After it the stop descriptor is not looked at again: the answer decides.
 */
static void cut_short(struct exchange *x, enum cut why)
{
    int64_t now_ms = clock_monotonic_ms();
    bool is_worth_it = x->cut == CUT_NONE && x->conn->session.backend_pid;

    x->watch = NULL;
    if (x->cut == CUT_NONE)
        x->cut = why;
    if (!is_worth_it || !pg_cancel(x->conn, now_ms + CANCEL_MS)) {
        pg_conn_drop(x->conn);
        return;
    }
    x->stop_fd = -1;
    x->deadline_ms = clock_monotonic_ms() + ANSWER_MS;
}

static enum fd_ready wait_watching(const struct exchange *x, bool want_write)
{
    int fd = PQsocket(x->conn->pg);
    enum fd_ready ready;

    while (x->watch && x->watch->next_ms < x->deadline_ms) {
        ready = fd_wait(fd, want_write, x->stop_fd, x->watch->next_ms);
        if (ready != FD_LATE || clock_monotonic_ms() < x->watch->next_ms)
            return ready;
        x->watch->look(x->watch);
    }
    return fd_wait(fd, want_write, x->stop_fd, x->deadline_ms);
}

/* False when the connection is gone afterwards. */
static bool wait_socket(struct exchange *x, bool want_write)
{
    switch (wait_watching(x, want_write)) {
    case FD_STOP: cut_short(x, CUT_STOP); break;
    case FD_LATE: cut_short(x, CUT_LATE); break;
    case FD_READY: break;
    }
    return PQstatus(x->conn->pg) == CONNECTION_OK;
}

/* After a failed read nothing more comes; libpq would wait for it all the same. */
static bool read_input(struct exchange *x)
{
    if (PQconsumeInput(x->conn->pg))
        return true;
    note_broken(x);
    pg_conn_drop(x->conn);
    return false;
}

/* Reading on the way: what came together with the loss of the connection is still to be read. */
static bool flush(struct exchange *x)
{
    int rest;

    while ((rest = PQflush(x->conn->pg)) > 0) {
        if (!wait_socket(x, true) || !read_input(x))
            return false;
    }
    return rest == 0;
}

/* NULL when all is drained, or the connection is gone. */
static PGresult *next_result(struct exchange *x)
{
    while (PQisBusy(x->conn->pg))
        if (!wait_socket(x, false) || !read_input(x))
            return NULL;
    return PQgetResult(x->conn->pg);
}

/* --- results ----------------------------------------------------------------------------- */

/* In pieces, so that what libpq keeps of it stays small. */
static bool send_copy_data(struct exchange *x)
{
    enum { PIECE = 64 * 1024 };
    struct slice rest = *x->data;

    while (rest.len) {
        size_t len = rest.len < PIECE ? rest.len : PIECE;
        int sent = PQputCopyData(x->conn->pg, rest.ptr, (int)len);

        if (sent < 0 || (sent == 0 && !wait_socket(x, true)) || !flush(x))
            return false;
        rest = slice_sub(rest, sent ? len : 0, rest.len);
    }
    return true;
}

/* Without an end of copy both sides would wait for ever. */
static void end_copy_in(struct exchange *x, const char *refusal)
{
    int sent;

    while ((sent = PQputCopyEnd(x->conn->pg, refusal)) == 0 && wait_socket(x, true))
        continue;
    if (sent > 0)
        flush(x);
}

/* The data is given once: a second COPY of the same text has none. */
static void take_copy_in(struct exchange *x)
{
    bool has_data = x->data;
    bool is_sent = has_data && send_copy_data(x);

    x->data = NULL;
    end_copy_in(x, is_sent ? NULL : has_data ? copy_break : copy_refusal);
}

static void drain_copy_out(struct exchange *x)
{
    char *line;
    int len;

    while ((len = PQgetCopyData(x->conn->pg, &line, true)) >= 0) {
        if (len > 0)
            PQfreemem(line);
        else if (!wait_socket(x, false) || !read_input(x))
            return;
    }
}

static struct slice cell_copy(const PGresult *result, int row, int column, struct arena *arena)
{
    struct slice bytes = {PQgetvalue(result, row, column),
                          (size_t)PQgetlength(result, row, column)};

    if (PQgetisnull(result, row, column))
        return (struct slice){0};
    return arena_slice(arena, bytes);
}

/* The answer to what was sent ahead comes first. */
static void take_ahead(struct pg_conn *conn, const PGresult *result)
{
    conn->ahead[0] = '\0';
    if (PQntuples(result) != 1 || PQnfields(result) != 3)
        return;
    conn->ahead_answer = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    conn->session.backend_pid = (int)strtol(PQgetvalue(result, 0, 1), NULL, 10);
    conn->session.is_standby = PQgetvalue(result, 0, 2)[0] == 't';
}

static void keep_rows(struct exchange *x, const PGresult *result)
{
    int row_count = PQntuples(result), column_count = PQnfields(result);
    struct slice *cells;

    if (!x->rows)
        return;
    if (x->conn->ahead[0]) {
        take_ahead(x->conn, result);
        return;
    }
    cells = arena_array(x->arena, (size_t)row_count * (size_t)column_count, sizeof *cells);
    *x->rows = (struct rowset){(size_t)row_count, (size_t)column_count, cells};
    for (int row = 0; row < row_count; row++)
        for (int column = 0; column < column_count; column++)
            *cells++ = cell_copy(result, row, column, x->arena);
}

static void take_result(struct exchange *x, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        keep_rows(x, result);
        x->statements_done += !x->has_failed;
        break;
    case PGRES_COMMAND_OK: x->statements_done += !x->has_failed; break;
    case PGRES_COPY_IN: take_copy_in(x); break;
    case PGRES_COPY_OUT: drain_copy_out(x); break;
    case PGRES_EMPTY_QUERY:
    case PGRES_SINGLE_TUPLE:
    case PGRES_NONFATAL_ERROR: break;
    default: /* errors, and protocols of replication and pipelines that nobody asked for */
        note_failure(x, result);
        break;
    }
}

/* Until the server is ready for the next text: half an answer would be taken for the next one's. */
static void drain(struct exchange *x)
{
    PGresult *result;

    while ((result = next_result(x))) {
        take_result(x, result);
        PQclear(result);
    }
    if (PQstatus(x->conn->pg) != CONNECTION_OK)
        note_broken(x);
}

/* --- the exchange ------------------------------------------------------------------------ */

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

static void watch_begin(const struct exchange *x)
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
        watch_begin(x);
        is_sent = send_text(x, sql) && flush(x);
        drain(x);
        pg_conn_notices_end(x->conn);
    }
    if (!is_sent)
        note_broken(x);
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
