#include "pg/conn.h"

#include <string.h>

#include "base/buf.h"
#include "pg/conn_intern.h"
#include "pg/exec.h"
#include "sql/quote.h"

enum { VERSION_14 = 140000, SETTINGS_MAX = 6 + DSN_SETTINGS_MAX };

enum column { BACKEND_PID, IS_RECOVERING, IS_READ_ONLY, DATABASE, USER, SCHEMA, IS_TEMPORARY };

struct setting {
    const char *name;
    struct slice value;
    bool is_name_list; /* of quoted names already, as SET takes it */
};

static void settings_add(struct setting *settings, size_t *count, const char *name,
                         const char *value)
{
    settings[(*count)++] = (struct setting){name, slice_from(value), false};
}

/*
 * check_interval: without it a killed client's statement runs on to its end, keeps its locks, and
 * is committed when it is a transaction of its own. The other limits are the migration's affair;
 * one that a role or a database brings along would end a session that holds the lock and is
 * waiting. One in the URL is meant.
 */
static size_t settings_of(const struct pg_conn *conn, struct arena *arena,
                          struct setting settings[SETTINGS_MAX])
{
    const struct dsn *dsn = &conn->target->dsn;
    bool is_14 = PQserverVersion(conn->pg) >= VERSION_14;
    struct buf names = buf_in(arena);
    size_t count = 0;

    if (is_14 && !conn->lacks_check)
        settings_add(settings, &count, "client_connection_check_interval", "1s");
    if (is_14)
        settings_add(settings, &count, "idle_session_timeout", "0");
    settings_add(settings, &count, "idle_in_transaction_session_timeout", "0");
    settings_add(settings, &count, "statement_timeout", "0");
    settings_add(settings, &count, "lock_timeout", "0");
    for (size_t i = 0; i < dsn->setting_count; i++)
        settings_add(settings, &count, dsn->settings[i].keyword, dsn->settings[i].value);
    if (!dsn->search_path)
        return count;
    sql_quote_name_list(&names, slice_from(dsn->search_path));
    settings[count++] = (struct setting){"search_path", buf_slice(&names), true};
    return count;
}

/* verb: "SET", or "SET LOCAL" */
static void add_settings(struct pg_prelude *out, const struct pg_conn *conn, const char *verb,
                         struct arena *arena)
{
    struct setting settings[SETTINGS_MAX];
    size_t count = settings_of(conn, arena, settings);
    struct buf sql = buf_in(arena);

    buf_add(&sql, out->sql);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&sql, "%s %s = ", verb, settings[i].name);
        if (settings[i].is_name_list)
            buf_add(&sql, settings[i].value);
        else
            sql_quote_literal(&sql, settings[i].value);
        buf_add_text(&sql, "; ");
    }
    out->sql = buf_slice(&sql);
    out->statement_count += count;
}

/*
 * The official image sets a new server up through one that listens on its socket alone, and ends it
 * with all its sessions: docker_temp_server_start() of docker-library/postgres, 10 to 19, gives both
 * settings on the command line. Over TCP it is never met.
 */
static const char temporary_sql[] =
    ", CASE WHEN pg_catalog.current_setting('listen_addresses') = '' THEN (SELECT count(*) = 2 "
    "FROM pg_catalog.pg_settings WHERE name IN ('listen_addresses', 'port') "
    "AND source = 'command line') END";

/*
 * A pooler hands its session to others, and nothing of ours may stay in it. Whether there is one is
 * known to the server alone, before our first answer: so it decides whether the settings are the
 * session's or end with this message.
 */
static struct slice setup_sql(const struct pg_conn *conn, struct arena *arena)
{
    struct setting settings[SETTINGS_MAX];
    size_t count = settings_of(conn, arena, settings);
    struct buf sql = buf_in(arena);

    for (size_t i = 0; i < count; i++) {
        buf_printf(&sql, "%s pg_catalog.set_config('%s', ", i ? "," : "SELECT", settings[i].name);
        sql_quote_literal(&sql, settings[i].value);
        buf_printf(&sql, ", pg_catalog.pg_backend_pid() <> %d)", PQbackendPID(conn->pg));
    }
    buf_add_text(&sql, "; SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
                       "pg_catalog.current_setting('transaction_read_only'), "
                       "pg_catalog.current_database(), CURRENT_USER, "
                       "pg_catalog.current_schema()");
    if (dsn_is_unix_socket(&conn->target->dsn))
        buf_add_text(&sql, temporary_sql);
    return buf_slice(&sql);
}

static struct pg_prelude reset_of(const struct pg_conn *conn, struct arena *arena)
{
    struct pg_prelude reset = {SLICE("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; "), 3};

    add_settings(&reset, conn, "SET", arena);
    return reset;
}

struct pg_prelude pg_conn_reset(const struct pg_conn *conn)
{
    return conn->reset;
}

struct pg_prelude pg_conn_local(const struct pg_conn *conn, struct arena *arena)
{
    struct pg_prelude local = {0};

    add_settings(&local, conn, "SET LOCAL", arena);
    return local;
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
        .is_temporary = rowset_bool(rows, 0, IS_TEMPORARY),
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
    conn->reset = reset_of(conn, arena);
    return true;
}
