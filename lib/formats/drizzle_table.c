/*
 * The bookkeeping table in its two shapes: of three columns, or with name and applied_at as well.
 * A row in the wrong one would make the other Drizzle run a migration again: each layout of the
 * folder goes with one shape only. Drizzle 1.0 brings the older table up to date; the older Drizzle
 * cannot go back.
 */
#include "formats/bookkeeping.h"
#include "formats/drizzle.h"

enum { HAS_NAMES, ID, HASH, CREATED_AT, NAME, APPLIED_AT, COLUMN_COUNT };

struct slice drizzle_table_read(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena), name = buf_in(arena);

    sql_quote_name(&name, table);
    buf_add_text(&sql, "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = "
                       "pg_catalog.to_regclass(");
    sql_quote_literal(&sql, buf_slice(&name));
    buf_add_text(&sql, ") AND attname = 'name' AND NOT attisdropped), t.id, t.hash, t.created_at, "
                       "pg_catalog.to_jsonb(t) ->> 'name', "
                       "pg_catalog.to_jsonb(t) ->> 'applied_at' "
                       "FROM (VALUES (1)) AS one LEFT JOIN ");
    buf_add(&sql, buf_slice(&name));
    buf_add_text(&sql, " AS t ON true ORDER BY t.id");
    return buf_slice(&sql);
}

static bool check_columns(const struct rowset *rows, struct error *err)
{
    if (rows->column_count != COLUMN_COUNT || !rows->row_count)
        return history_refuse(err, "Drizzle", "it has other columns");
    return true;
}

static bool refuse_newer(struct error *err)
{
    error_set(err, ERR_CONFIG,
              "the bookkeeping table is of Drizzle 1.0, the folder of the "
              "layout before (meta/_journal.json)");
    error_hint(err, "drizzle-kit 1.0 upgrades the folder: run npx drizzle-kit up, and ship "
                    "what it makes");
    return false;
}

static bool refuse_row(const struct rowset *rows, size_t row, const char *column,
                       const char *remedy, struct error *err)
{
    error_set(err, ERR_CONFIG, "the row with id %s has no %s", rowset_get(rows, row, ID).ptr,
              column);
    error_hint(err, "%s", remedy);
    return false;
}

static void add_row(const struct rowset *rows, size_t row, int id_column, struct arena *arena,
                    struct applied_list *out)
{
    struct slice id = rowset_get(rows, row, (size_t)id_column);
    struct applied applied = {
        .id = arena_text(arena, id),
        .checksum = cell_text(rowset_get(rows, row, HASH), arena),
        .applied_at = cell_text(rowset_get(rows, row, APPLIED_AT), arena),
        .duration_ms = -1,
        .number = rowset_int(rows, row, CREATED_AT, -1),
    };

    applied_list_add(out, arena, applied);
}

/* What would be run again, as if it had no row. */
static bool check_row(const struct rowset *rows, size_t row, int id_column, struct error *err)
{
    if (!rowset_is_null(rows, row, (size_t)id_column))
        return true;
    if (id_column == NAME)
        return refuse_row(rows, row, "name",
                          "Drizzle before 1.0 wrote it, and 1.0 would run its migration again: "
                          "set its name to that of the migration's folder",
                          err);
    return refuse_row(rows, row, "created_at",
                      "Drizzle would run every migration again: set it to the \"when\" of "
                      "the migration's entry in meta/_journal.json",
                      err);
}

bool drizzle_table_rows(const struct rowset *rows, bool has_names, struct arena *arena,
                        struct applied_list *out, struct error *err)
{
    int id_column = has_names ? NAME : CREATED_AT;
    bool is_new;

    if (!check_columns(rows, err))
        return false;
    is_new = rowset_bool(rows, 0, HAS_NAMES);
    if (is_new && !has_names)
        return refuse_newer(err);
    out->is_outdated = has_names && !is_new;
    if (out->is_outdated)
        id_column = ID;
    for (size_t i = 0; i < rows->row_count; i++) {
        if (rowset_is_null(rows, i, ID))
            continue; /* the row that an empty table gives */
        if (!check_row(rows, i, id_column, err))
            return false;
        add_row(rows, i, id_column, arena, out);
    }
    return true;
}
