#include "migrate/bootstrap.h"

#include <string.h>

#include "base/backoff.h"
#include "base/buf.h"
#include "migrate/pooler.h"
#include "pg/wait.h"
#include "sql/quote.h"
#include "sys/clock.h"
#include "sys/log.h"

/* The template database is busy for a moment after another CREATE DATABASE; the server waited 5 s
 * itself. */
enum { TEMPLATE_BUSY_TRIES = 5 };

static bool is_done_by_another(const struct error *err)
{
    static const char *const states[] = {"23505", "42P04", "42P06", "42710"};

    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (strcmp(err->sqlstate, states[i]) == 0)
            return true;
    return false;
}

static bool run_text(struct session *session, struct pg_conn *conn, struct slice sql,
                     struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    return pg_run(conn, sql, &limits, &run, err);
}

static void explain_no_privilege(struct error *err, const char *what, const char *privilege)
{
    if (strcmp(err->sqlstate, "42501") == 0)
        error_hint(err, "the role may not create %s: give it %s, or create it beforehand", what,
                   privilege);
}

static bool create_database(struct session *session, struct pg_conn *conn, const char *name,
                            struct error *err)
{
    struct buf sql = buf_in(session->arena);

    buf_add_text(&sql, "CREATE DATABASE ");
    sql_quote_identifier(&sql, slice_from(name));
    for (unsigned retry = 0; !run_text(session, conn, buf_slice(&sql), err); retry++) {
        if (is_done_by_another(err))
            return true;
        if (strcmp(err->sqlstate, "55006") != 0 || retry == TEMPLATE_BUSY_TRIES) {
            explain_no_privilege(err, "databases", "CREATEDB");
            return error_wrap(err, "creating database \"%s\"", name);
        }
        if (!session_sleep(session, backoff_pause_ms(&backoff_lock, retry, clock_random()), err))
            return false;
    }
    log_event(LOG_INFO, LOG_MIGRATION, "db.created", LOG_FIELDS(log_str("database", name)),
              "✓ Created database \"%s\"", name);
    return true;
}

bool bootstrap_database(struct session *session, int64_t deadline_ms, struct error *err)
{
    const struct config *config = session->config;
    const char *name = dsn_get(&session->target.dsn, "dbname");
    struct pg_target target =
        pg_target_with_database(&session->target, config->database.maintenance, session->arena);
    struct pg_wait_request request = {
        .target = &target, .limits = &config->wait, .deadline_ms = deadline_ms};
    struct pg_conn *conn = NULL;
    bool is_created;

    if (!pg_wait(&request, session->arena, &conn, err))
        return error_wrap(err, "maintenance database \"%s\"", config->database.maintenance);
    is_created = create_database(session, conn, name, err);
    pg_conn_close(conn);
    return is_created;
}

/* "vector?" is the extension vector, whose absence is only worth a warning. */
static struct slice extension_name(const char *setting, bool *is_optional)
{
    struct slice name = slice_from(setting);

    *is_optional = slice_ends_with(name, "?");
    return *is_optional ? slice_sub(name, 0, name.len - 1) : name;
}

/* (VALUES (0, 'vector', true), ...) AS wanted(number, name, is_optional) */
static void add_extensions(struct buf *sql, const struct text_list *extensions)
{
    buf_add_text(sql, "(VALUES (NULL::int, NULL::text, false)");
    for (size_t i = 0; i < extensions->count; i++) {
        bool is_optional;
        struct slice name = extension_name(extensions->items[i], &is_optional);

        buf_printf(sql, ", (%zu, ", i);
        sql_quote_literal(sql, name);
        buf_printf(sql, ", %s)", is_optional ? "true" : "false");
    }
    buf_add_text(sql, ") AS wanted(number, name, is_optional)");
}

static void add_schemas(struct buf *sql, const struct text_list *schemas)
{
    buf_add_text(sql, "(VALUES (NULL::text)");
    for (size_t i = 0; i < schemas->count; i++) {
        buf_add_text(sql, ", (");
        sql_quote_literal(sql, slice_from(schemas->items[i]));
        buf_add_text(sql, ")");
    }
    buf_add_text(sql, ") AS wanted(name)");
}

enum column { NUMBER, IS_UNAVAILABLE };

/* A row for each extension that is missing, and one without a number for each schema. */
static struct slice look_sql(const struct database_config *wanted, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT number, is_optional AND NOT EXISTS "
                       "(SELECT FROM pg_catalog.pg_available_extensions AS a "
                       "WHERE a.name = wanted.name) FROM ");
    add_extensions(&sql, &wanted->extensions);
    buf_add_text(&sql, " WHERE name NOT IN (SELECT extname FROM pg_catalog.pg_extension) "
                       "UNION ALL SELECT NULL, false FROM ");
    add_schemas(&sql, &wanted->schemas);
    buf_add_text(&sql, " WHERE name NOT IN (SELECT nspname FROM pg_catalog.pg_namespace) "
                       "ORDER BY 1");
    return buf_slice(&sql);
}

/* An optional one is tried once in a run at most: without it nothing is left to be done. */
static void take_row(struct session *session, const struct rowset *rows, size_t row,
                     struct bootstrap *out, struct arena *arena)
{
    const struct text_list *extensions = &session->config->database.extensions;
    size_t number = (size_t)rowset_int(rows, row, NUMBER, 0);
    const char *before = out->unavailable ? out->unavailable : "";
    bool is_optional;

    if (rowset_is_null(rows, row, NUMBER)) {
        out->is_needed = true;
    } else if (rowset_bool(rows, row, IS_UNAVAILABLE)) {
        session->given_up[number] = true;
        out->unavailable =
            arena_printf(arena, "%s%s%.*s", before, before[0] ? ", " : "",
                         SLICE_ARG(extension_name(extensions->items[number], &is_optional)));
    } else {
        out->is_needed |= !session->given_up[number];
    }
}

bool bootstrap_look(struct session *session, struct arena *arena, struct bootstrap *out,
                    struct error *err)
{
    const struct database_config *wanted = &session->config->database;
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct rowset rows;

    *out = (struct bootstrap){0};
    if (!wanted->extensions.count && !wanted->schemas.count)
        return true;
    if (!session->given_up)
        session->given_up = arena_array(session->arena, wanted->extensions.count, sizeof(bool));
    if (!pg_query(session->conn, look_sql(wanted, arena), &limits, arena, &rows, err))
        return error_wrap(err, "looking for extensions and schemas");
    for (size_t i = 0; i < rows.row_count; i++)
        take_row(session, &rows, i, out, arena);
    return true;
}

/* privilege: what a role without it is to be given; NULL: the caller explains. */
static bool create_object(struct session *session, const char *kind, struct slice name,
                          const char *privilege, struct error *err)
{
    struct buf sql = buf_in(session->arena);

    buf_printf(&sql, "CREATE %s IF NOT EXISTS ", kind);
    sql_quote_identifier(&sql, name);
    if (run_text(session, session->conn, buf_slice(&sql), err))
        return true;
    if (is_done_by_another(err)) {
        *err = (struct error){0};
        return true;
    }
    if (privilege)
        explain_no_privilege(err, kind, privilege);
    return error_wrap(err, "creating %s \"%.*s\"", kind, SLICE_ARG(name));
}

/* The server's own hint says which privilege: of the database, or a superuser's. */
static void explain_extension(bool is_optional, struct error *err)
{
    char servers[sizeof err->hint];

    if (strcmp(err->sqlstate, "0A000") == 0 || strcmp(err->sqlstate, "58P01") == 0) {
        error_hint(err, "the server's installation does not have it: use an image that does%s",
                   is_optional ? "" : ", or write \"NAME?\" to go on without");
    } else if (strcmp(err->sqlstate, "42501") == 0) {
        memcpy(servers, err->hint, sizeof servers);
        error_hint(err, "%.400s%shave it created beforehand%s", servers, servers[0] ? " Or " : "",
                   is_optional ? "" : ", or write \"NAME?\" to go on without");
    }
}

static void give_up(struct session *session, size_t number, struct error *err)
{
    char text[1024];

    session->given_up[number] = true;
    error_format(err, text, sizeof text);
    log_event(LOG_WARN, LOG_MIGRATION, "db.extension.missing", LOG_FIELDS(log_str("error", text)),
              "Going on without an optional extension: %s%s%s", text, err->hint[0] ? "; " : "",
              err->hint);
    *err = (struct error){0};
}

static bool create_extension(struct session *session, size_t number, struct error *err)
{
    bool is_optional;
    struct slice name =
        extension_name(session->config->database.extensions.items[number], &is_optional);

    if (session->given_up[number] || create_object(session, "EXTENSION", name, NULL, err))
        return true;
    explain_extension(is_optional, err);
    if (!is_optional || err->code == ERR_INTERRUPTED || err->code == ERR_CONNECTION)
        return false;
    give_up(session, number, err);
    return true;
}

static bool create_schemas(struct session *session, struct error *err)
{
    const struct text_list *schemas = &session->config->database.schemas;

    for (size_t i = 0; i < schemas->count; i++)
        if (!create_object(session, "SCHEMA", slice_from(schemas->items[i]),
                           "CREATE on the database", err))
            return false;
    return true;
}

/* Through a pooler all this is one transaction, and a failure ends it: the next turn does the rest.
 */
static bool has_lost_turn(const struct session *session)
{
    return pooler_is_between(session) && !pg_conn_is_in_transaction(session->conn);
}

bool bootstrap_objects(struct session *session, struct error *err)
{
    const struct text_list *extensions = &session->config->database.extensions;

    if (!create_schemas(session, err))
        return false;
    for (size_t i = 0; i < extensions->count && !has_lost_turn(session); i++)
        if (!create_extension(session, i, err))
            return false;
    return true;
}

/* A refusal that is put up with must not end the transaction. QUERY_CANCELED is not among OTHERS. */
static bool try_extension(struct session *session, struct slice name, struct error *err)
{
    struct buf body = buf_in(session->arena), sql = buf_in(session->arena);

    buf_add_text(&body, "BEGIN CREATE EXTENSION IF NOT EXISTS ");
    sql_quote_identifier(&body, name);
    buf_add_text(&body, "; EXCEPTION WHEN OTHERS THEN NULL; END");
    buf_add_text(&sql, "DO LANGUAGE plpgsql ");
    sql_quote_literal(&sql, buf_slice(&body));
    return run_text(session, session->conn, buf_slice(&sql), err);
}

bool bootstrap_rehearse(struct session *session, struct error *err)
{
    const struct text_list *extensions = &session->config->database.extensions;

    if (!create_schemas(session, err))
        return false;
    for (size_t i = 0; i < extensions->count; i++) {
        bool is_optional;
        struct slice name = extension_name(extensions->items[i], &is_optional);

        if (!(is_optional ? try_extension(session, name, err) : create_extension(session, i, err)))
            return false;
    }
    return true;
}
