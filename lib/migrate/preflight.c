#include "migrate/preflight.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "sql/extension.h"
#include "sys/log.h"

enum { VERSION_13 = 130000 };
enum column { IS_THERE, LACKS }; /* behind the name */

/* An extension that is created, and where first. */
struct want {
    const char *name;
    const char *place;
};

struct wants {
    struct want *items;
    size_t count;
    size_t capacity;
};

static bool has(const struct wants *wants, const char *name)
{
    for (size_t i = 0; i < wants->count; i++)
        if (strcmp(wants->items[i].name, name) == 0)
            return true;
    return false;
}

static void add_wants(struct wants *wants, const struct source *source,
                      const struct migration *file, struct arena *arena)
{
    struct sql_statements statements = outgoing_statements(file, arena);

    for (size_t i = 0; i < statements.count; i++) {
        const char *name = sql_created_extension(statements.items[i].text, arena);

        if (!name || has(wants, name))
            continue;
        wants->items =
            arena_grow(arena, wants->items, &wants->capacity, wants->count, sizeof *wants->items);
        wants->items[wants->count++] = (struct want){
            .name = name,
            .place = outgoing_place(source, file, &statements.items[i], 0, arena),
        };
    }
}

static struct wants wants_of(const struct source *source, const struct plan *plan,
                             struct arena *arena)
{
    struct outgoing outgoing = outgoing_of(source, plan, arena);
    struct wants wants = {0};

    for (size_t i = 0; i < outgoing.count; i++)
        add_wants(&wants, source, outgoing.files[i], arena);
    return wants;
}

/* A row for each, in order: is it there, and what the role lacks to create it. */
static struct slice look_sql(const struct wants *wants, int server_version, struct arena *arena)
{
    const char *trusted = server_version >= VERSION_13 ? "v.trusted" : "false";
    struct buf sql = buf_in(arena);

    buf_printf(&sql,
               "SELECT installed OR has_tle OR EXISTS (SELECT FROM "
               "pg_catalog.pg_available_extensions AS a "
               "WHERE a.name = w.name), CASE WHEN NOT installed AND NOT r.rolsuper THEN (SELECT "
               "CASE WHEN NOT %s THEN 'a superuser' WHEN NOT pg_catalog.has_database_privilege("
               "pg_catalog.current_database(), 'CREATE') THEN 'CREATE on the database' END "
               "FROM pg_catalog.pg_available_extension_versions AS v "
               "JOIN pg_catalog.pg_available_extensions AS a "
               "ON a.name = v.name AND a.default_version = v.version "
               "WHERE v.name = w.name AND v.superuser) END FROM (VALUES ",
               trusted);
    for (size_t i = 0; i < wants->count; i++) {
        buf_printf(&sql, "%s(%zu, ", i ? ", " : "", i);
        sql_quote_literal(&sql, slice_from(wants->items[i].name));
        buf_add_text(&sql, "::text)");
    }
    buf_add_text(
        &sql, ") AS w(number, name) CROSS JOIN LATERAL (SELECT "
              "EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = w.name), "
              "EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_tle')) "
              "AS e(installed, has_tle) JOIN pg_catalog.pg_roles AS r ON r.rolname = CURRENT_USER "
              "ORDER BY number");
    return buf_slice(&sql);
}

static void tell(struct plan *plan, const struct want *want, const char *text, struct arena *arena)
{
    remark_add(&plan->remarks, arena,
               (struct remark){.is_warning = true,
                               .text = arena_printf(arena, "%s: %s", want->place, text),
                               .event = "migration.extension"});
}

static void take_missing(struct preflight *out, const struct want *want, struct arena *arena)
{
    if (out->missing_count++ == 0) {
        out->place = want->place;
        out->name = want->name;
        out->others = "";
        return;
    }
    out->others = arena_printf(arena, "%s%s%s (%s)", out->others, out->others[0] ? ", " : "",
                               want->name, want->place);
}

static void take_row(struct plan *plan, const struct want *want, const struct rowset *rows,
                     size_t row, struct preflight *out, struct arena *arena)
{
    if (!rowset_bool(rows, row, IS_THERE)) {
        take_missing(out, want, arena);
        tell(plan, want,
             arena_printf(arena, "the server does not have the extension %s", want->name), arena);
    } else if (!rowset_is_null(rows, row, LACKS)) {
        tell(plan, want,
             arena_printf(arena,
                          "to create the extension %s the role lacks %.*s, unless the server lets "
                          "it all the same, as managed ones do: have it created beforehand",
                          want->name, SLICE_ARG(rowset_get(rows, row, LACKS))),
             arena);
    }
}

/*
 * The views read every control file of the server, and one that is broken, or a privilege that was
 * taken away, makes them fail where the migration may not. Through a pooler we are in the turn's
 * transaction, which has a savepoint (pg/lock).
 */
static bool go_on_without(struct session *session, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct error failure = *err;
    struct pg_run run;
    char text[1024];

    if (failure.code != ERR_MIGRATION ||
        (pg_conn_is_in_transaction(session->conn) &&
         !pg_run(session->conn, SLICE("ROLLBACK TO SAVEPOINT migrinit"), &limits, &run, err)))
        return error_wrap(err, "looking for extensions");
    error_format(&failure, text, sizeof text);
    log_event(LOG_WARN, LOG_MIGRATION, "migration.extension", LOG_FIELDS(log_str("error", text)),
              "Whether the server has the extensions that are to be created is not known: %s",
              text);
    *err = (struct error){0};
    return true;
}

bool preflight_look(struct session *session, const struct source *source, struct plan *plan,
                    struct arena *arena, struct preflight *out, struct error *err)
{
    int server_version = pg_conn_session(session->conn)->server_version;
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct wants wants = wants_of(source, plan, arena);
    struct rowset rows;

    *out = (struct preflight){.server_major = server_version / 10000};
    if (!wants.count)
        return true;
    if (!pg_query(session->conn, look_sql(&wants, server_version, arena), &limits, arena, &rows,
                  err))
        return go_on_without(session, err);
    for (size_t i = 0; i < wants.count && i < rows.row_count; i++)
        take_row(plan, &wants.items[i], &rows, i, out, arena);
    return true;
}

/* --- what to do -------------------------------------------------------------------------- */

/* Where the best known ones are to be had: an image; Debian's package, behind "postgresql-15-". */
static const struct origin_of {
    const char *name, *image, *package;
} origins[] = {
    {"vector", "pgvector/pgvector", "pgvector"},
    {"vchord", "tensorchord/vchord-postgres", NULL},
    {"postgis", "postgis/postgis", "postgis-3"},
    {"timescaledb", "timescale/timescaledb", NULL},
    {"pg_cron", NULL, "cron"},
    {"pg_partman", NULL, "partman"},
};

/* They come with PostgreSQL itself, which some systems cut in two packages. */
static const char *const contrib[] = {
    "btree_gin", "btree_gist", "citext",    "cube",         "dblink",        "earthdistance",
    "hstore",    "intarray",   "ltree",     "pg_trgm",      "pgcrypto",      "pg_stat_statements",
    "tablefunc", "unaccent",   "uuid-ossp", "postgres_fdw", "fuzzystrmatch",
};

static bool is_contrib(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(contrib); i++)
        if (strcmp(contrib[i], name) == 0)
            return true;
    return false;
}

static void add_hint(const struct preflight *preflight, struct error *err)
{
    char image[64] = "", package[96] = "";

    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        if (strcmp(origins[i].name, preflight->name) != 0)
            continue;
        if (origins[i].image)
            snprintf(image, sizeof image, " (%s)", origins[i].image);
        if (origins[i].package)
            snprintf(package, sizeof package, " (Debian: postgresql-%d-%s)",
                     preflight->server_major, origins[i].package);
    }
    if (is_contrib(preflight->name))
        snprintf(package, sizeof package, " (postgresql-contrib)");
    error_hint(err,
               "nothing is applied: run a server image that has it%s, or install its package%s on "
               "the server",
               image, package);
}

bool preflight_check(const struct preflight *preflight, struct error *err)
{
    if (!preflight->missing_count)
        return true;
    error_set(err, ERR_MIGRATION, "the server does not have the extension %s", preflight->name);
    if (preflight->others[0])
        error_detail(err, "nor %s", preflight->others);
    add_hint(preflight, err);
    return error_wrap(err, "%s", preflight->place);
}
