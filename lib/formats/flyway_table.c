#include "formats/flyway_table.h"

#include <string.h>

#include "base/text.h"
#include "formats/bookkeeping.h"
#include "formats/flyway_name.h"

enum column {
    COLUMN_VERSION,
    COLUMN_DESCRIPTION,
    COLUMN_TYPE,
    COLUMN_CHECKSUM,
    COLUMN_SUCCESS,
    COLUMN_INSTALLED_ON,
    COLUMN_EXECUTION_TIME,
    COLUMN_COUNT,
};

struct slice flyway_read_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT version, description, type, checksum, success, installed_on, "
                       "execution_time FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " ORDER BY installed_rank");
    return buf_slice(&sql);
}

static bool is_repeatable(const char *id)
{
    return strncmp(id, "R ", 2) == 0;
}

/* `flyway repair` and `flyway undo` take back the newest row of a version, and of a repeatable
 * migration all there are. */
static void take_back(struct applied_list *list, const char *id)
{
    for (size_t i = list->count; i-- > 0;) {
        const struct applied *row = &list->items[i];
        const char *plain_id = strncmp(row->id, "B ", 2) == 0 ? row->id + 2 : row->id;

        if (row->is_mark || strcmp(plain_id, id) != 0)
            continue;
        memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof *list->items);
        list->count--;
        if (!is_repeatable(id))
            return;
    }
}

static const char *row_id(struct slice version, struct slice description, struct slice type,
                          struct arena *arena)
{
    const char *normal;

    if (!version.ptr)
        return arena_printf(arena, "R %.*s", SLICE_ARG(description));
    normal = flyway_version_normal(version, arena);
    if (slice_equal_text(type, "BASELINE"))
        return arena_printf(arena, "baseline %s", normal);
    return slice_ends_with(type, "_BASELINE") ? arena_printf(arena, "B %s", normal) : normal;
}

static void add_row(const struct rowset *rows, size_t i, struct arena *arena,
                    struct applied_list *out)
{
    struct slice type = rowset_get(rows, i, COLUMN_TYPE);
    struct slice description = rowset_get(rows, i, COLUMN_DESCRIPTION);
    const char *id = row_id(rowset_get(rows, i, COLUMN_VERSION), description, type, arena);
    bool is_success = rowset_bool(rows, i, COLUMN_SUCCESS);

    if (slice_equal_text(type, "SCHEMA"))
        return;
    if (slice_equal_text(type, "DELETE") || (slice_starts_with(type, "UNDO_") && is_success)) {
        take_back(out, id);
        return;
    }
    applied_list_add(out, arena,
                     (struct applied){
                         .id = id,
                         .kind = arena_text(arena, type),
                         .description = arena_text(arena, description),
                         .checksum = cell_text(rowset_get(rows, i, COLUMN_CHECKSUM), arena),
                         .applied_at = cell_text(rowset_get(rows, i, COLUMN_INSTALLED_ON), arena),
                         .duration_ms = rowset_int(rows, i, COLUMN_EXECUTION_TIME, -1),
                         .is_failed = !is_success,
                         .is_kept = is_repeatable(id),
                         .is_mark = slice_equal_text(type, "BASELINE"),
                         .is_repeatable = is_repeatable(id),
                     });
}

bool flyway_applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != COLUMN_COUNT)
        return history_refuse(err, "Flyway", "it has other columns");
    for (size_t i = 0; i < rows->row_count; i++)
        add_row(rows, i, arena, out);
    return true;
}

static void add_schema_oid(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql, "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ");
    if (table.schema.len)
        sql_quote_literal(sql, table.schema);
    else
        buf_add_text(sql, "current_schema");
    buf_add_text(sql, ")");
}

static void add_objects(struct buf *sql, struct sql_name table, const char *catalog,
                        const char *schema_column, const char *condition)
{
    buf_printf(sql, "SELECT FROM pg_catalog.%s o WHERE %s = ", catalog, schema_column);
    add_schema_oid(sql, table);
    buf_printf(sql,
               "%s AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND "
               "d.deptype = 'e')",
               condition);
}

/* What makes a schema not empty for Flyway; not what extensions have put there. */
static void add_contents(struct buf *sql, struct sql_name table)
{
    add_objects(sql, table, "pg_class", "relnamespace",
                " AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')");
    buf_add_text(sql, " UNION ALL ");
    add_objects(sql, table, "pg_type", "typnamespace", " AND typcategory NOT IN ('A', 'C')");
    buf_add_text(sql, " UNION ALL ");
    add_objects(sql, table, "pg_proc", "pronamespace", "");
}

/* Flyway does not begin in a schema with anything in it. */
struct slice flyway_emptiness_check(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena), body = buf_in(arena);

    buf_add_text(&body, "BEGIN IF EXISTS (");
    add_contents(&body, table);
    buf_add_text(
        &body, ") THEN RAISE EXCEPTION 'the schema is not empty, and has no history of Flyway''s' "
               "USING HINT = 'say which version is there already: migrinit baseline VERSION, or "
               "[migrate] baseline_on_migrate'; END IF; END");
    buf_add_text(&sql, "DO ");
    sql_quote_literal(&sql, buf_slice(&body));
    return buf_slice(&sql);
}

static void add_name_with(struct buf *sql, struct sql_name table, const char *suffix)
{
    struct buf name = buf_in(sql->arena);

    buf_add(&name, table.table);
    buf_add_text(&name, suffix);
    sql_quote_identifier(sql, buf_slice(&name));
}

static void add_table(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql, "CREATE TABLE ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " (installed_rank int NOT NULL, version varchar(50), "
                      "description varchar(200) NOT NULL, type varchar(20) NOT NULL, "
                      "script varchar(1000) NOT NULL, checksum int, "
                      "installed_by varchar(100) NOT NULL, "
                      "installed_on timestamp NOT NULL DEFAULT now(), "
                      "execution_time int NOT NULL, success boolean NOT NULL, CONSTRAINT ");
    add_name_with(sql, table, "_pk");
    buf_add_text(sql, " PRIMARY KEY (installed_rank));\nCREATE INDEX ");
    add_name_with(sql, table, "_s_idx");
    buf_add_text(sql, " ON ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " (success)");
}

struct slice flyway_create_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table);
    add_table(&sql, table);
    return buf_slice(&sql);
}

static void add_baselining(struct buf *out, struct sql_name table, struct slice row)
{
    struct buf body = buf_in(out->arena);

    buf_add_text(&body, "DECLARE is_empty boolean := NOT EXISTS (");
    add_contents(&body, table);
    buf_add_text(&body, "); BEGIN ");
    add_table(&body, table);
    buf_add_text(&body, "; IF NOT is_empty THEN ");
    buf_add(&body, row);
    buf_add_text(&body, "END IF; END");
    sql_quote_literal(out, buf_slice(&body));
}

/* baselineOnMigrate; with nothing in the schema there is nothing to begin behind. */
struct slice flyway_create_baselined(struct sql_name table, const char *version,
                                     struct arena *arena)
{
    struct buf sql = buf_in(arena), row = buf_in(arena), dotted = buf_in(arena);

    for (const char *c = version; *c; c++)
        buf_add_char(&dotted, *c == '_' ? '.' : *c);
    buf_add_text(&row, "INSERT INTO ");
    sql_quote_name(&row, table);
    buf_add_text(&row, " (installed_rank, version, description, type, script, installed_by, "
                       "execution_time, success) VALUES (1, ");
    sql_quote_literal(&row, buf_slice(&dotted));
    buf_add_text(&row, ", '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', "
                       "current_user, 0, true); ");
    history_add_schema(&sql, table);
    buf_add_text(&sql, "DO ");
    add_baselining(&sql, table, buf_slice(&row));
    return buf_slice(&sql);
}

static struct flyway_name name_of(const struct migration *migration, struct arena *arena)
{
    const char *slash = strrchr(migration->path, '/');

    return flyway_name_parse(slice_from(slash ? slash + 1 : migration->path), arena);
}

static void add_duration(struct buf *sql, int64_t duration_ms)
{
    if (duration_ms < 0)
        buf_add_text(sql, "(extract(epoch FROM pg_catalog.clock_timestamp() - "
                          "pg_catalog.transaction_timestamp()) * 1000)::int");
    else
        buf_printf(sql, "%lld", (long long)duration_ms);
}

static const char *type_of(enum flyway_kind kind)
{
    if (kind == FLYWAY_UNDO)
        return "UNDO_SQL";
    return kind == FLYWAY_BASELINE ? "SQL_BASELINE" : "SQL";
}

/* Undoing adds a row as well: of the undo script, with its own description and checksum. */
struct slice flyway_record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    struct flyway_name name = name_of(migration, arena);
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_STARTED)
        return SLICE("");
    buf_add_text(&sql, "INSERT INTO ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " (installed_rank, version, description, type, script, checksum, "
                       "installed_by, execution_time, success) "
                       "SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, ");
    if (name.version)
        sql_quote_literal(&sql, slice_from(name.version));
    else
        buf_add_text(&sql, "NULL");
    buf_add_text(&sql, ", ");
    sql_quote_literal(&sql, slice_from(migration->description));
    buf_printf(&sql, ", '%s', ", type_of(name.kind));
    sql_quote_literal(&sql, slice_from(migration->path));
    buf_printf(&sql, ", %s, current_user, ", migration->checksum);
    add_duration(&sql, request->duration_ms);
    buf_printf(&sql, ", %s FROM ", request->phase == RECORD_FAILED ? "false" : "true");
    sql_quote_name(&sql, table);
    return buf_slice(&sql);
}

/* A character of UTF-8 as Java counts it: one or two units of UTF-16. */
static uint32_t hash_character(uint32_t hash, struct slice character)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t len = character.len < 5 ? character.len : 4;
    uint32_t code = (unsigned char)character.ptr[0] & first_bits[len];

    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)character.ptr[i] & 0x3F);
    if (code < 0x10000)
        return hash * 31 + code;
    code -= 0x10000;
    return (hash * 31 + (0xD800 + (code >> 10))) * 31 + (0xDC00 + (code & 0x3FF));
}

/* A constant and what Java's String.hashCode() gives for "schema"."table". */
size_t flyway_lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    struct arena *arena = arena_new();
    struct buf name = buf_in(arena);
    struct slice rest;
    uint32_t hash = 0;

    sql_quote_name(&name, place->table);
    for (rest = buf_slice(&name); rest.len;) {
        size_t len = text_character_len(rest);

        hash = hash_character(hash, slice_sub(rest, 0, len));
        rest = slice_sub(rest, len, rest.len);
    }
    arena_free(arena);
    keys[0] = 77431708279161 + (int64_t)hash - (hash >> 31 ? 4294967296 : 0);
    return 1;
}
