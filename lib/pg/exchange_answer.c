#include <stdlib.h>

#include "pg/exchange.h"

static const char copy_refusal[] = "COPY FROM STDIN is not supported in a migration";
static const char copy_break[] = "the data could not be sent";

/* In pieces, so that what libpq keeps of it stays small. */
static bool send_copy_data(struct exchange *x)
{
    enum { PIECE = 64 * 1024 };
    struct slice rest = *x->data;

    while (rest.len) {
        size_t len = rest.len < PIECE ? rest.len : PIECE;
        int sent = PQputCopyData(x->conn->pg, rest.ptr, (int)len);

        if (sent < 0 || (sent == 0 && !exchange_wait(x, true)) || !exchange_flush(x))
            return false;
        rest = slice_sub(rest, sent ? len : 0, rest.len);
    }
    return true;
}

/* Without an end of copy both sides would wait for ever. */
static void end_copy_in(struct exchange *x, const char *refusal)
{
    int sent;

    while ((sent = PQputCopyEnd(x->conn->pg, refusal)) == 0 && exchange_wait(x, true))
        continue;
    if (sent > 0)
        exchange_flush(x);
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
        else if (!exchange_wait(x, false) || !exchange_read(x))
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

/* The protocol of replication, which nobody asked for, and to which libpq knows no end. */
static void refuse_copy_both(struct exchange *x)
{
    if (!x->has_failed)
        error_set(&x->failure, ERR_CONNECTION, "the server began to replicate, unasked");
    x->has_failed = true;
    pg_conn_drop(x->conn);
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
    case PGRES_COPY_BOTH: refuse_copy_both(x); break;
    case PGRES_EMPTY_QUERY:
    case PGRES_SINGLE_TUPLE:
    case PGRES_NONFATAL_ERROR: break;
    default: /* errors, and pipelines that nobody asked for */
        exchange_note_failure(x, result);
        break;
    }
}

void exchange_drain(struct exchange *x)
{
    PGresult *result;

    while ((result = exchange_next_result(x))) {
        take_result(x, result);
        PQclear(result);
    }
    if (PQstatus(x->conn->pg) != CONNECTION_OK)
        exchange_note_broken(x);
}
