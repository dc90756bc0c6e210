#include "migrate/history.h"

#include <string.h>

#include "formats/bookkeeping.h"
#include "formats/evidence.h"

static const char *const undefined_table = "42P01";

/* A tool's own schema for its table, unless the URL names one for everything. */
static bool follows_search_path(const struct session *session, const struct source *source)
{
    return (source->format->features & FORMAT_FOLLOWS_SEARCH_PATH) && !source->step->table &&
           session->target.dsn.search_path;
}

/* The schema that the URL asks for, to be created with the table; NULL where it names several. */
static const char *schema_to_create(const struct session *session, const struct source *source)
{
    const struct dsn *dsn = &session->target.dsn;

    if (dsn->schema || !follows_search_path(session, source))
        return dsn->schema;
    return strpbrk(dsn->search_path, ",\"$ ") ? NULL : dsn->search_path;
}

bool history_place(const struct session *session, const struct source *source,
                   struct sql_name *table, struct error *err)
{
    const char *schema = pg_conn_session(session->conn)->schema;
    const struct dsn *dsn = &session->target.dsn;

    *table = source->table;
    if (dsn->table && !source->step->table) /* without quotes a dot is part of the name */
        *table = (struct sql_name){.schema = slice_from(dsn->table_schema),
                                   .table = slice_from(dsn->table)};
    else if (follows_search_path(session, source))
        table->schema = SLICE("");
    if (!table->schema.len)
        table->schema = slice_from(schema);
    table->schema_exists = schema && slice_equal_text(table->schema, schema);
    if (table->schema.len)
        return true;
    table->schema = slice_from(schema_to_create(session, source));
    if (!table->schema.len) {
        error_set(err, ERR_CONFIG, "the search_path names no schema that exists");
        error_hint(err, "create it with [database] schemas, or name the bookkeeping table with its "
                        "schema: [migrate] table = SCHEMA.TABLE");
        return false;
    }
    return true;
}

static bool read_rows(struct session *session, const struct source *source, struct arena *arena,
                      struct history *out, struct rowset *rows, struct error *err)
{
    struct slice sql = bookkeeping_query(source->format, out->table, arena);
    struct pg_limits limits = session_limits(session, INT64_MAX);

    out->has_table = pg_query(session->conn, sql, &limits, arena, rows, err);
    if (out->has_table)
        return true;
    if (strcmp(err->sqlstate, undefined_table) != 0)
        return error_wrap(err, "reading %.*s.%.*s", SLICE_ARG(out->table.schema),
                          SLICE_ARG(out->table.table));
    *err = (struct error){0};
    *rows = (struct rowset){0};
    return true;
}

bool history_begins_with_rows(const struct source *source)
{
    return source->format->create_baselined && source->options.baseline_version;
}

struct slice history_create_sql(const struct source *source, struct sql_name table,
                                struct arena *arena)
{
    const struct format *format = source->format;

    if (history_begins_with_rows(source))
        return format->create_baselined(table, source->options.baseline_version, arena);
    return bookkeeping_begin(format, table, arena);
}

static bool interpret_rows(const struct source *source, const struct rowset *rows,
                           struct arena *arena, struct history *out, struct error *err)
{
    const struct format *format = source->format;

    if (bookkeeping_rows(format, rows, arena, &out->applied, err) &&
        (!out->applied.is_outdated || format->upgrade(out->table, &source->migrations,
                                                      &out->applied, arena, &out->upgrade, err)))
        return true;
    return error_wrap(err, "%.*s.%.*s", SLICE_ARG(out->table.schema), SLICE_ARG(out->table.table));
}

bool history_read(struct session *session, const struct source *source, struct arena *arena,
                  struct history *out, struct error *err)
{
    struct rowset rows;

    if (!history_place(session, source, &out->table, err) ||
        !read_rows(session, source, arena, out, &rows, err))
        return false;
    if (out->has_table && !interpret_rows(source, &rows, arena, out, err))
        return false;
    return plan_build(source->format, &source->migrations, &out->applied, arena, &out->plan, err);
}

static bool has_rows(struct session *session, struct sql_name table, struct arena *arena,
                     bool *answer, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct rowset rows;

    if (!pg_query(session->conn, evidence_rows_query(table, arena), &limits, arena, &rows, err))
        return error_wrap(err, "looking into %.*s.%.*s", SLICE_ARG(table.schema),
                          SLICE_ARG(table.table));
    *answer = rowset_bool(&rows, 0, 0);
    return true;
}

static bool refuse_kept(const struct source *source, const struct evidence *found,
                        struct error *err)
{
    error_set(err, ERR_CONFIG,
              "%s looks like %s, but the database was kept by %s: %.*s.%.*s has rows", source->dir,
              source->format->name, found->tool, SLICE_ARG(found->table.schema),
              SLICE_ARG(found->table.table));
    error_hint(err,
               "name the format that is right ([migrate] format); naming %s begins its "
               "bookkeeping afresh",
               source->format->name);
    return false;
}

bool history_check_fresh(struct session *session, const struct source *source,
                         const struct history *history, struct arena *arena, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    const char *schema = pg_conn_session(session->conn)->schema;
    struct evidence found;
    struct rowset rows;
    bool is_kept = false;

    if (history->has_table || source->step->format || source->step->table)
        return true;
    if (!pg_query(session->conn, evidence_query(slice_from(schema), arena), &limits, arena, &rows,
                  err))
        return error_wrap(err, "looking for other tools' tables");
    for (size_t row = 0; evidence_get(&rows, row, &found); row++) {
        if (!has_rows(session, found.table, arena, &is_kept, err))
            return false;
        if (is_kept)
            return refuse_kept(source, &found, err);
    }
    return true;
}
