#include "pg/conn.h"

#include <string.h>

#include "base/buf.h"
#include "pg/conn_intern.h"
#include "pg/exec.h"
#include "sql/quote.h"

enum { VERSION_14 = 140000 };

enum column { BACKEND_PID, IS_RECOVERING, IS_READ_ONLY, DATABASE, USER, SCHEMA };

/*
 * check_interval: without it a killed client's statement runs on to its end, keeps its locks, and
 * is committed when it is a transaction of its own. The other limits are the migration's affair;
 * one that a role or a database brings along would end a session that holds the lock and is
 * waiting. One in the URL is meant.
 */
static void add_settings(struct buf *sql, const struct pg_conn *conn)
{
    const struct dsn *dsn = &conn->target->dsn;
    bool is_14 = PQserverVersion(conn->pg) >= VERSION_14;

    if (is_14 && !conn->lacks_check)
        buf_add_text(sql, "SET client_connection_check_interval = '1s'; ");
    if (is_14)
        buf_add_text(sql, "SET idle_session_timeout = 0; ");
    buf_add_text(sql, "SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; "
                      "SET lock_timeout = 0; ");
    for (size_t i = 0; i < dsn->setting_count; i++) {
        buf_printf(sql, "SET %s = ", dsn->settings[i].keyword);
        sql_quote_literal(sql, slice_from(dsn->settings[i].value));
        buf_add_text(sql, "; ");
    }
    if (!dsn->search_path)
        return;
    buf_add_text(sql, "SET search_path = ");
    sql_quote_name_list(sql, slice_from(dsn->search_path));
    buf_add_text(sql, "; ");
}

static struct slice setup_sql(const struct pg_conn *conn, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    add_settings(&sql, conn);
    buf_add_text(&sql, "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
                       "pg_catalog.current_setting('transaction_read_only'), "
                       "pg_catalog.current_database(), CURRENT_USER, "
                       "pg_catalog.current_schema()");
    return buf_slice(&sql);
}

struct slice pg_conn_reset_sql(const struct pg_conn *conn, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; ");
    add_settings(&sql, conn);
    return buf_slice(&sql);
}

static const char *text_at(const struct rowset *rows, enum column column)
{
    return rowset_get(rows, 0, column).ptr;
}

static void session_fill(struct pg_conn *conn, const struct rowset *rows)
{
    bool is_read_only = slice_equal_text(rowset_get(rows, 0, IS_READ_ONLY), "on");

    conn->session = (struct pg_session){
        .server_version = PQserverVersion(conn->pg),
        .backend_pid = (int)rowset_int(rows, 0, BACKEND_PID, 0),
        .is_standby = rowset_bool(rows, 0, IS_RECOVERING) || is_read_only,
        .database = text_at(rows, DATABASE),
        .user = text_at(rows, USER),
        .schema = text_at(rows, SCHEMA),
    };
    conn->session.is_pooled = conn->session.backend_pid != PQbackendPID(conn->pg);
}

/* A server on a system that cannot see a closed socket refuses any check_interval but 0. */
static bool is_refused_setting(const struct error *err)
{
    return strcmp(err->sqlstate, "22023") == 0 || strcmp(err->sqlstate, "42704") == 0;
}

bool pg_conn_setup(struct pg_conn *conn, int64_t deadline_ms, struct arena *arena,
                   struct error *err)
{
    struct pg_limits limits = {.deadline_ms = deadline_ms, .stop_fd = -1};
    struct error refused;
    struct rowset rows;

    if (!pg_query(conn, setup_sql(conn, arena), &limits, arena, &rows, &refused)) {
        *err = refused;
        conn->lacks_check = is_refused_setting(&refused);
        if (!conn->lacks_check ||
            !pg_query(conn, setup_sql(conn, arena), &limits, arena, &rows, err))
            return false;
    }
    session_fill(conn, &rows);
    return true;
}
