/*
 * The bookkeeping table in its two shapes: of three columns, or with name and applied_at as well.
 * A row in the wrong one would make the other Drizzle run a migration again: each layout of the
 * folder goes with one shape only.
 */
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

static bool check_shape(const struct rowset *rows, bool has_names, struct error *err)
{
    if (rows->column_count != COLUMN_COUNT || !rows->row_count) {
        error_set(err, ERR_CONFIG, "the bookkeeping table is not Drizzle's: it has other columns");
        error_hint(err, "name the right format ([migrate] format) or another table "
                        "([migrate] table)");
        return false;
    }
    if (rowset_bool(rows, 0, HAS_NAMES) == has_names)
        return true;
    if (has_names) {
        error_set(err, ERR_CONFIG,
                  "the bookkeeping table has no names yet, which the folder's "
                  "layout (<time>_<name>/migration.sql) needs");
        error_hint(err, "drizzle-kit 1.0 upgrades the table: run npx drizzle-kit migrate once");
    } else {
        error_set(err, ERR_CONFIG,
                  "the bookkeeping table is of Drizzle 1.0, the folder of the "
                  "layout before (meta/_journal.json)");
        error_hint(err, "drizzle-kit 1.0 upgrades the folder: run npx drizzle-kit up, and ship "
                        "what it makes");
    }
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

static void add_row(const struct rowset *rows, size_t row, bool has_names, struct arena *arena,
                    struct applied_list *out)
{
    struct slice id = rowset_get(rows, row, has_names ? NAME : CREATED_AT);
    struct applied applied = {
        .id = arena_text(arena, id),
        .checksum = cell_text(rowset_get(rows, row, HASH), arena),
        .applied_at = cell_text(rowset_get(rows, row, APPLIED_AT), arena),
        .duration_ms = -1,
        .number = rowset_int(rows, row, CREATED_AT, 0),
    };

    applied_list_add(out, arena, applied);
}

bool drizzle_table_rows(const struct rowset *rows, bool has_names, struct arena *arena,
                        struct applied_list *out, struct error *err)
{
    if (!check_shape(rows, has_names, err))
        return false;
    for (size_t i = 0; i < rows->row_count; i++) {
        if (rowset_is_null(rows, i, ID))
            continue; /* the row that an empty table gives */
        if (has_names && rowset_is_null(rows, i, NAME))
            return refuse_row(rows, i, "name",
                              "Drizzle before 1.0 wrote it, and 1.0 would run its migration again: "
                              "set its name to that of the migration's folder",
                              err);
        if (!has_names && rowset_is_null(rows, i, CREATED_AT))
            return refuse_row(rows, i, "created_at",
                              "Drizzle would run every migration again: set it to the \"when\" of "
                              "the migration's entry in meta/_journal.json",
                              err);
        add_row(rows, i, has_names, arena, out);
    }
    return true;
}
