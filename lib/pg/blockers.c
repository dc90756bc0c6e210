#include "pg/blockers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "pg/conn_intern.h"
#include "sys/fd.h"

enum { BLOCKERS_MAX = 3 };
enum column { PID, USER, APPLICATION, STATE, AGE_MS };

static bool is_connecting(struct pg_conn *conn, const struct pg_limits *limits)
{
    enum pg_poll poll = pg_conn_poll(conn);

    return (poll == PG_POLL_READ || poll == PG_POLL_WRITE) &&
           fd_wait(pg_conn_fd(conn), poll == PG_POLL_WRITE, limits->stop_fd, limits->deadline_ms) ==
               FD_READY;
}

bool pg_conn_open_aside(const struct pg_target *target, const struct pg_limits *limits,
                        struct pg_conn **out, struct error *err)
{
    struct pg_conn *conn;
    char text[256];

    if (!pg_conn_start(target, &conn, err))
        return false;
    while (is_connecting(conn, limits))
        continue;
    if (conn->poll == PG_POLL_READY) {
        *out = conn;
        return true;
    }
    pg_conn_refusal(conn, text, sizeof text);
    pg_conn_close(conn);
    return error_set(err, ERR_DB_UNREACHABLE, "no second connection: %s", text);
}

/* Of several hosts another may have answered: there, or after a failover, the pid is a stranger's.
 */
static struct slice blockers_sql(int backend_pid, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_printf(&sql,
               "SELECT DISTINCT blocking.pid, b.usename, b.application_name, b.state, "
               "(extract(epoch FROM pg_catalog.clock_timestamp() - b.xact_start) * 1000)::int8 "
               "FROM pg_catalog.pg_stat_activity AS ours "
               "CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(ours.pid)) "
               "AS blocking(pid) "
               "LEFT JOIN pg_catalog.pg_stat_activity AS b ON b.pid = blocking.pid "
               "WHERE ours.pid = %d AND ours.wait_event_type = 'Lock' "
               "AND ours.datname = pg_catalog.current_database() "
               "AND ours.usename = SESSION_USER "
               "AND NOT pg_catalog.pg_is_in_recovery() ORDER BY 1 LIMIT %d",
               backend_pid, BLOCKERS_MAX);
    return buf_slice(&sql);
}

static void add_cell(struct buf *text, const char *before, const struct rowset *rows, size_t row,
                     enum column column)
{
    struct slice cell = rowset_get(rows, row, column);

    if (cell.len)
        buf_printf(text, "%s%.*s", before, SLICE_ARG(cell));
}

static void add_blocker(struct buf *text, const struct rowset *rows, size_t row)
{
    char age[32];

    buf_add_text(text, row ? "; " : "");
    if (rowset_int(rows, row, PID, 0) == 0) {
        buf_add_text(text, "a prepared transaction");
        return;
    }
    add_cell(text, "pid ", rows, row, PID);
    add_cell(text, ", ", rows, row, USER);
    add_cell(text, ", ", rows, row, APPLICATION);
    if (rowset_is_null(rows, row, STATE))
        return;
    add_cell(text, " (", rows, row, STATE);
    duration_format(rowset_int(rows, row, AGE_MS, 0), age, sizeof age);
    if (!rowset_is_null(rows, row, AGE_MS))
        buf_printf(text, ", begun %s ago", age);
    buf_add_text(text, ")");
}

bool pg_blockers(struct pg_conn *aside, int backend_pid, const struct pg_limits *limits, char *out,
                 size_t out_size, struct error *err)
{
    struct arena *arena = arena_new();
    struct buf text = buf_in(arena);
    struct rowset rows;
    bool is_told = pg_query(aside, blockers_sql(backend_pid, arena), limits, arena, &rows, err);

    for (size_t i = 0; is_told && i < rows.row_count; i++)
        add_blocker(&text, &rows, i);
    if (is_told)
        pg_conn_redact(aside, buf_slice(&text), out, out_size);
    arena_free(arena);
    return is_told;
}
