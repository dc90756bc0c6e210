#include "pg/blockers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "pg/conn_intern.h"

enum { BLOCKERS_MAX = 3 };
enum column { PID, USER, APPLICATION, STATE, AGE_MS };

/* After a failover at the same address the pid is a stranger's. */
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

bool pg_blockers(struct pg_aside *aside, char *out, size_t out_size, struct error *err)
{
    struct arena *arena = arena_new();
    struct buf text = buf_in(arena);
    struct rowset rows;
    int backend_pid = pg_conn_session(aside->beside)->backend_pid;
    bool is_told = pg_aside_query(aside, blockers_sql(backend_pid, arena), arena, &rows, err);

    for (size_t i = 0; is_told && i < rows.row_count; i++)
        add_blocker(&text, &rows, i);
    if (is_told)
        pg_conn_redact(aside->conn, buf_slice(&text), out, out_size);
    arena_free(arena);
    return is_told;
}
