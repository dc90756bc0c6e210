#include "formats/atlas_table.h"

#include "base/digest.h"

static const char own_schema[] = "atlas_schema_revisions";
static const char hint_not_clean[] =
    "it existed before Atlas: say which version it has already (migrinit baseline VERSION), or "
    "migrate an empty one; if that table is Atlas's own, name it: [migrate] table";

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
    sql_quote_literal(&body, slice_from(hint_not_clean));
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

static void take_mark(const struct rowset *rows, size_t row, struct arena *arena,
                      struct applied_list *out)
{
    const char *found = cell_text(rowset_get(rows, row, HASH), arena);

    if (found)
        applied_list_add(
            out, arena,
            (struct applied){.id = found, .kind = found, .duration_ms = -1, .is_mark = true});
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
            take_mark(rows, row, arena, out);
        else
            take_row(rows, row, arena, out);
    }
    return true;
}

/* --- writing --- */

const char **atlas_partial_hashes(const struct migration *migration, size_t count,
                                  struct arena *arena)
{
    const char **hashes = arena_array(arena, count + 1, sizeof *hashes);
    struct digest_sum *sum = digest_sum_new();
    char hash[DIGEST_SHA256_BASE64 + 1];

    for (size_t i = 0; i < count && i < migration->cut->count; i++) {
        digest_sum_add(sum, migration->cut->items[i].text);
        digest_sum_base64(sum, hash);
        hashes[i] = arena_printf(arena, "h1:%s", hash);
    }
    digest_sum_free(sum);
    return hashes;
}

static void add_partial_hashes(struct buf *sql, const struct migration *migration, size_t count)
{
    const char **hashes = atlas_partial_hashes(migration, count, sql->arena);

    buf_add_text(sql, count ? "'" : "'null");
    for (size_t i = 0; i < count; i++)
        buf_printf(sql, "%s\"%s\"", i ? ", " : "[", hashes[i]);
    buf_add_text(sql, count ? "]'" : "'");
}

static size_t count_done(const struct migration *migration, const struct record_request *request)
{
    return record_is_of_success(request) ? migration->cut->count
                                         : migration->cut_done + request->statements_done;
}

static void add_times(struct buf *sql, const struct record_request *request)
{
    if (request->phase == RECORD_APPLIED)
        buf_add_text(sql, "pg_catalog.transaction_timestamp(), (extract(epoch FROM "
                          "pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * "
                          "1000000000)::bigint, ");
    else
        buf_printf(sql, "pg_catalog.clock_timestamp(), %lld, ",
                   (long long)request->duration_ms * 1000000);
}

static void add_failure(struct buf *sql, const struct migration *migration, size_t done,
                        const struct record_request *request)
{
    bool is_failure = request->phase == RECORD_FAILED;
    struct slice statement = SLICE("");

    if (is_failure && done < migration->cut->count)
        statement = migration->cut->items[done].text;
    sql_quote_literal(sql, slice_from(is_failure ? request->failure : ""));
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, statement);
    buf_add_text(sql, ", ");
}

/* As the tool has it: a bit for "run", a bit for "said so". */
enum row_type { TYPE_BASELINE = 1, TYPE_RUN = 2, TYPE_RESOLVED = 4 };

static void add_values(struct buf *sql, const struct migration *migration,
                       const struct record_request *request)
{
    size_t done = count_done(migration, request);

    sql_quote_literal(sql, slice_from(migration->id));
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, slice_from(migration->description));
    buf_printf(sql, ", %d, %zu, %zu, ",
               request->phase == RECORD_RESOLVED ? TYPE_RESOLVED : TYPE_RUN, done,
               migration->cut->count);
    add_times(sql, request);
    add_failure(sql, migration, done, request);
    sql_quote_literal(sql, slice_from(migration->checksum));
    buf_add_text(sql, ", ");
    add_partial_hashes(sql, migration, record_is_of_success(request) ? 0 : done);
    buf_add_text(sql, ", 'migrinit " MIGRINIT_VERSION "'");
}

static void add_insert(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql, "INSERT INTO ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " (version, description, type, applied, total, executed_at, execution_time, "
                      "error, error_stmt, hash, partial_hashes, operator_version) VALUES (");
}

struct slice atlas_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena)
{
    static const char *const renewed[] = {"applied",        "total",           "execution_time",
                                          "error",          "error_stmt",      "hash",
                                          "partial_hashes", "operator_version"};
    struct buf sql = buf_in(arena);

    add_insert(&sql, table);
    add_values(&sql, migration, request);
    buf_add_text(&sql, ") ON CONFLICT (version) DO UPDATE SET ");
    for (size_t i = 0; i < COUNT_OF(renewed); i++)
        buf_printf(&sql, "%s%s = excluded.%s", i ? ", " : "", renewed[i], renewed[i]);
    if (request->phase == RECORD_RESOLVED)
        buf_printf(&sql, ", type = %d", TYPE_RUN | TYPE_RESOLVED);
    return buf_slice(&sql);
}

bool atlas_baseline(struct sql_name table, const struct migration *last, const char *name,
                    struct arena *arena, struct slice *sql, struct error *err)
{
    struct buf text = buf_in(arena);

    if (!last) {
        if (name)
            error_set(err, ERR_USAGE, "no file here has the version %s", name);
        else
            error_set(err, ERR_USAGE, "a baseline of Atlas's is a version");
        error_hint(err, "migrinit baseline VERSION, of the last file that is applied already");
        return false;
    }
    add_insert(&text, table);
    sql_quote_literal(&text, slice_from(last->id));
    buf_add_text(&text, ", ");
    sql_quote_literal(&text, slice_from(last->description));
    buf_printf(&text,
               ", %d, 0, 0, pg_catalog.clock_timestamp(), 0, '', '', '', 'null', "
               "'migrinit " MIGRINIT_VERSION "')",
               TYPE_BASELINE);
    *sql = buf_slice(&text);
    return true;
}
