#include "formats/atlas_table.h"
#include "formats/bookkeeping.h"

static const char own_schema[] = "atlas_schema_revisions";
const char atlas_hint_not_clean[] =
    "it existed before Atlas: run migrinit baseline NAME with the last migration that it has "
    "already, or migrate an empty one; if that table is Atlas's own, name it: [migrate] table";

static const char identifier_row[] = ".atlas_cloud_identifier";

enum column { VERSION, HASH, TIME, DURATION, APPLIED, TOTAL, PARTIAL, COLUMN_COUNT };

/* --- a database that existed before --- */

/*
 * The tool's first run wants a database without tables, or a schema without any where the URL names
 * one. It minds other schemas even when they are empty; these we may have made ourselves.
 */
static void add_table_in_the_way(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql,
                 "SELECT pg_catalog.min(pg_catalog.concat(n.nspname, '.', c.relname)) "
                 "FROM pg_catalog.pg_class AS c "
                 "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
                 "WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' "
                 "AND n.nspname <> 'information_schema' AND NOT EXISTS "
                 "(SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = c.oid AND d.classid = "
                 "'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e') "
                 "AND (n.nspname, c.relname) <> (");
    sql_quote_literal(sql, table.schema);
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, table.table);
    buf_add_text(sql, ")");
    if (slice_equal_text(table.schema, own_schema))
        return;
    buf_add_text(sql, " AND (n.nspname = ");
    sql_quote_literal(sql, table.schema);
    buf_printf(sql, " OR (n.nspname, c.relname) = ('%s', '%s'))", own_schema, own_schema);
}

struct slice atlas_emptiness_check(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena), body = buf_in(arena);

    buf_add_text(&body, "DECLARE found text; BEGIN found := (");
    add_table_in_the_way(&body, table);
    buf_add_text(&body, "); IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '55000', "
                        "MESSAGE = pg_catalog.concat('the database has the table ', found, "
                        "', but no revisions of Atlas'), HINT = ");
    sql_quote_literal(&body, slice_from(atlas_hint_not_clean));
    buf_add_text(&body, "; END IF; END");
    buf_add_text(&sql, "DO ");
    sql_quote_literal(&sql, buf_slice(&body));
    return buf_slice(&sql);
}

struct slice atlas_create_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table);
    buf_add_text(&sql, "CREATE TABLE ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql,
                 " (version varchar NOT NULL PRIMARY KEY, description varchar NOT NULL, "
                 "type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, "
                 "total bigint NOT NULL DEFAULT 0, executed_at timestamptz NOT NULL, "
                 "execution_time bigint NOT NULL, error text, error_stmt text, hash varchar NOT "
                 "NULL, partial_hashes jsonb, operator_version varchar NOT NULL)");
    return buf_slice(&sql);
}

/* --- reading --- */

static void add_from_revisions(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql, " FROM ");
    sql_quote_name(sql, table);
    buf_printf(sql, " WHERE version <> '%s'", identifier_row);
}

/* In byte order, which is the tool's where versions are digits. */
struct slice atlas_read_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT * FROM (SELECT version, hash, executed_at, "
                       "execution_time / 1000000, applied, total, partial_hashes::text");
    add_from_revisions(&sql, table);
    buf_add_text(&sql, " UNION ALL SELECT NULL, (");
    add_table_in_the_way(&sql, table);
    buf_add_text(&sql, "), NULL, NULL, NULL, NULL, NULL WHERE NOT EXISTS (SELECT");
    add_from_revisions(&sql, table);
    buf_add_text(&sql, ")) AS revisions ORDER BY version COLLATE \"C\"");
    return buf_slice(&sql);
}

static void take_row(const struct rowset *rows, size_t row, struct arena *arena,
                     struct applied_list *out)
{
    struct slice hash = rowset_get(rows, row, HASH), progress = rowset_get(rows, row, PARTIAL);
    long long done = rowset_int(rows, row, APPLIED, 0);
    struct applied applied = {
        .id = arena_text(arena, rowset_get(rows, row, VERSION)),
        .checksum = hash.len ? arena_text(arena, hash) : NULL, /* a baseline has none */
        .applied_at = cell_text(rowset_get(rows, row, TIME), arena),
        .duration_ms = rowset_int(rows, row, DURATION, -1),
        .number = done,
    };

    if (done != rowset_int(rows, row, TOTAL, 0))
        applied.progress = progress.ptr ? arena_text(arena, progress) : "null";
    applied_list_add(out, arena, applied);
}

bool atlas_applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                   struct error *err)
{
    if (rows->column_count != COLUMN_COUNT) {
        error_set(err, ERR_CONFIG, "the bookkeeping table is not Atlas's: it has other columns");
        error_hint(err, "name the right format ([migrate] format) or another table "
                        "([migrate] table)");
        return false;
    }
    for (size_t row = 0; row < rows->row_count; row++) {
        if (rowset_is_null(rows, row, VERSION))
            out->obstacle = cell_text(rowset_get(rows, row, HASH), arena);
        else
            take_row(rows, row, arena, out);
    }
    return true;
}
