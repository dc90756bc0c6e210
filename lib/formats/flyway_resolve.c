#include "formats/flyway_resolve.h"

#include <string.h>

#include "formats/flyway_name.h"
#include "formats/registry.h"
#include "formats/resolve.h"

/* "5" of "5" and "B 5"; NULL of a repeatable migration. */
static const char *version_of(const char *id)
{
    if (strncmp(id, "R ", 2) == 0)
        return NULL;
    return strncmp(id, "B ", 2) == 0 ? id + 2 : id;
}

/* Its rows; 01, 1 and 1.0 are one version, and recorded as the file's name had it. */
static void add_match(struct buf *sql, const struct resolve_request *request)
{
    const char *version = version_of(request->id);

    if (!version) {
        buf_add_text(sql, "version IS NULL AND description = ");
        sql_quote_literal(sql, slice_from(request->row->description));
    } else {
        buf_add_text(sql, "pg_catalog.regexp_replace(pg_catalog.regexp_replace(version, "
                          "'(^|[.])0+([0-9])', E'\\\\1\\\\2', 'g'), '([.]0)+$', '') = ");
        sql_quote_literal(sql, slice_from(version));
    }
    buf_add_text(sql, " AND type = ");
    sql_quote_literal(sql, slice_from(request->row->kind));
}

static void add_delete(struct buf *sql, const struct resolve_request *request)
{
    buf_add_text(sql, "DELETE FROM ");
    sql_quote_name(sql, request->table);
    buf_add_text(sql, " WHERE ");
    add_match(sql, request);
    if (request->row->is_failed)
        buf_add_text(sql, " AND NOT success");
}

/* The file is gone for good: Flyway keeps the row, and one that takes it back. */
static void add_mark_as_deleted(struct buf *sql, const struct resolve_request *request)
{
    buf_add_text(sql, "INSERT INTO ");
    sql_quote_name(sql, request->table);
    buf_add_text(sql, " (installed_rank, version, description, type, script, checksum, "
                      "installed_by, execution_time, success) SELECT (SELECT "
                      "pg_catalog.max(installed_rank) + 1 FROM ");
    sql_quote_name(sql, request->table);
    buf_add_text(sql, "), version, description, 'DELETE', script, checksum, current_user, 0, true "
                      "FROM ");
    sql_quote_name(sql, request->table);
    buf_add_text(sql, " WHERE ");
    add_match(sql, request);
    buf_add_text(sql, " ORDER BY installed_rank DESC LIMIT 1");
}

static void add_roll_back(struct buf *sql, const struct resolve_request *request)
{
    if (request->migration || request->row->is_failed)
        add_delete(sql, request);
    else
        add_mark_as_deleted(sql, request);
}

bool flyway_resolve(const struct resolve_request *request, struct arena *arena, struct slice *sql,
                    struct error *err)
{
    static const struct record_request resolved = {.phase = RECORD_RESOLVED};
    bool is_applied = request->verdict == RESOLVE_APPLIED;
    struct buf text = buf_in(arena);

    if (!(is_applied ? resolve_check_applied : resolve_check_rolled_back)(request, err))
        return false;
    if (!is_applied)
        add_roll_back(&text, request);
    else if (request->row && request->row->is_failed)
        add_delete(&text, request);
    if (is_applied && text.len)
        buf_add_text(&text, ";\n");
    if (is_applied)
        buf_add(&text, format_flyway.record(request->table, request->migration, &resolved, arena));
    *sql = buf_slice(&text);
    return true;
}

static const char *file_name(const struct migration *migration)
{
    const char *slash = strrchr(migration->path, '/');

    return slash ? slash + 1 : migration->path;
}

static bool baseline_version(const struct migration *last, const char *name, struct arena *arena,
                             const char **version, struct error *err)
{
    const char *said = last ? last->name : name ? name : "1";
    const char *file = last ? file_name(last) : arena_printf(arena, "V%s__baseline.sql", said);

    *version = flyway_name_parse(slice_from(file), arena).version;
    if (*version)
        return true;
    error_set(err, ERR_USAGE, "%s is no version, and no migration that has one", said);
    error_hint(err, "migrinit baseline 2.1 says that the schema is at version 2.1 already");
    return false;
}

bool flyway_baseline(const struct baseline_request *request, struct arena *arena, struct slice *sql,
                     struct error *err)
{
    struct buf text = buf_in(arena);
    const char *version;

    if (!baseline_version(request->last, request->name, arena, &version, err))
        return false;
    buf_add_text(&text, "INSERT INTO ");
    sql_quote_name(&text, request->table);
    buf_add_text(&text, " (installed_rank, version, description, type, script, checksum, "
                        "installed_by, execution_time, success) VALUES (1, ");
    sql_quote_literal(&text, slice_from(version));
    buf_add_text(&text, ", '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, "
                        "current_user, 0, true)");
    *sql = buf_slice(&text);
    return true;
}
