/*
 * formats/flyway - Flyway's folder and its flyway_schema_history
 *
 * Files      V<version>__<description>.sql once, in order of the version; R__<description>.sql
 * after them, whenever changed; B<version>__... in place of all up to it in an empty database; in
 * sub-folders as well. U... is for `flyway undo` and passed over. What would run along with them is
 * refused by name: callbacks, Java and script migrations. So is a name that Flyway passes over
 * though it looks like a migration's. Content    the whole file, without a byte order mark;
 * <file>.conf beside it may turn its transaction off. A file with statements of Flyway's list
 * (CREATE INDEX CONCURRENTLY, VACUUM, ...) runs without one by itself. Placeholders:
 * flyway_placeholder.h. Checksum   CRC-32 of the text without byte order mark and line ends, as a
 * signed number; of a repeatable migration with the values in it, or without
 * Order      validation comes first, as validateOnMigrate has it: no failed row, each applied file
 *            unchanged and here, none left out below the highest that was applied
 * Facts      Flyway 10.22.0, run (flyway-core with its PostgreSQL module), and 13.0.0, read:
 *            MigrationInfoImpl, MigrationInfoServiceImpl, ResourceNameParser, SqlScriptMetadata,
 *            PostgreSQLParser, PostgreSQLSchema, DbBaseline. Settings are the defaults: no group,
 *            mixed, target; outOfOrder and baselineOnMigrate are [migrate] settings. COPY with data
 * inside the file is refused here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/flyway_check.h"
#include "formats/flyway_name.h"
#include "formats/flyway_script.h"
#include "formats/registry.h"

static bool check_runnable(const struct tree *tree, const struct tree_entry *entry,
                           const struct flyway_name *name, struct error *err)
{
    static const char run_flyway[] =
        "run Flyway itself as a step: [migrate] command = flyway migrate";

    if (name->kind == FLYWAY_CALLBACK)
        return file_refuse(tree, entry, err, "is a callback, and callbacks are not supported",
                           run_flyway);
    if (name->kind == FLYWAY_MISNAMED)
        return file_refuse(tree, entry, err,
                           "looks like a migration, and by its name Flyway would pass over it",
                           "name it V<version>__<description>.sql or R__<description>.sql, or move "
                           "it elsewhere");
    if (!name->is_sql)
        return file_refuse(tree, entry, err, "is a migration that is not in SQL", run_flyway);
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry,
                       const struct flyway_name *name, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice file = tree_entry_name(entry);
    struct migration migration = {
        .id = name->id,
        .name = arena_text(arena, slice_sub(file, 0, file.len - 4)),
        .path = entry->path.ptr,
        .folder = entry->root,
        .description = name->description,
        .is_unordered = name->kind != FLYWAY_VERSIONED,
    };

    if (!tree_entry_text(tree, entry, &migration.source, err) ||
        !flyway_script_read(tree, &migration, arena, out, err))
        return false;
    if (name->kind == FLYWAY_REPEATABLE)
        flyway_script_repeats(&migration, arena);
    migration_list_add(out, arena, migration);
    return true;
}

static struct flyway_name name_of(const struct migration *migration, struct arena *arena)
{
    const char *slash = strrchr(migration->path, '/');

    return flyway_name_parse(slice_from(slash ? slash + 1 : migration->path), arena);
}

/* Versions first; a baseline before the migration of its own version. */
static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;
    bool left_repeats = strncmp(left->id, "R ", 2) == 0;
    bool right_repeats = strncmp(right->id, "R ", 2) == 0;
    bool left_begins = strncmp(left->id, "B ", 2) == 0;
    bool right_begins = strncmp(right->id, "B ", 2) == 0;
    int order;

    if (left_repeats != right_repeats)
        return left_repeats ? 1 : -1;
    if (left_repeats)
        return strcmp(left->id, right->id);
    order = flyway_version_compare(left->id + (left_begins ? 2 : 0),
                                   right->id + (right_begins ? 2 : 0));
    return order ? order : (int)right_begins - (int)left_begins;
}

/* Settings of Flyway's that change what it does with a folder, and are not known here. */
static void remark_variables(struct arena *arena, struct migration_list *out)
{
    static const char *const unknown[] = {
        "FLYWAY_CHERRY_PICK",
        "FLYWAY_DEFAULT_SCHEMA",
        "FLYWAY_EXECUTE_IN_TRANSACTION",
        "FLYWAY_GROUP",
        "FLYWAY_IGNORE_MIGRATION_PATTERNS",
        "FLYWAY_INIT_SQL",
        "FLYWAY_INSTALLED_BY",
        "FLYWAY_MIXED",
        "FLYWAY_PLACEHOLDER_SEPARATOR",
        "FLYWAY_REPEATABLE_SQL_MIGRATION_PREFIX",
        "FLYWAY_SCHEMAS",
        "FLYWAY_SKIP_EXECUTING_MIGRATIONS",
        "FLYWAY_SQL_MIGRATION_PREFIX",
        "FLYWAY_SQL_MIGRATION_SEPARATOR",
        "FLYWAY_SQL_MIGRATION_SUFFIXES",
        "FLYWAY_TARGET",
        "FLYWAY_VALIDATE_ON_MIGRATE",
    };
    const char *const *variable = migration_list_options(out)->environment;

    for (; variable && *variable; variable++) {
        struct slice name = slice_from(*variable);

        name = slice_sub(name, 0, slice_find(name, '='));
        for (size_t i = 0; i < COUNT_OF(unknown); i++)
            if (slice_equal_text(name, unknown[i]) && (*variable)[name.len + 1])
                remark_add(&out->remarks, arena,
                           (struct remark){true, arena_printf(arena,
                                                              "%s is set, and is not "
                                                              "taken into account here",
                                                              unknown[i])});
    }
}

static bool check_baseline(const struct migration_list *out, struct error *err)
{
    const char *version = migration_list_options(out)->baseline_version;

    if (!version || flyway_is_version(slice_from(version)))
        return true;
    error_set(err, ERR_CONFIG, "[migrate] baseline_version is no version of Flyway's");
    error_hint(err, "numbers with dots between: 1, or 2024.1");
    return false;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    remark_variables(arena, out);
    if (!check_baseline(out, err))
        return false;
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        struct flyway_name name = flyway_name_parse(tree_entry_name(entry), arena);

        if (entry->kind == TREE_DIRECTORY || name.kind == FLYWAY_NOTHING ||
            name.kind == FLYWAY_UNDO)
            continue;
        if (!check_runnable(tree, entry, &name, err) ||
            !list_entry(tree, entry, &name, arena, out, err))
            return false;
    }
    if (!out->count) {
        error_set(err, ERR_CONFIG, "no migration files");
        error_hint(err, "Flyway's files are named V<version>__<description>.sql or "
                        "R__<description>.sql");
        return error_wrap(err, "%s", tree->root);
    }
    qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

static bool has_separator(struct slice name)
{
    for (size_t i = 1; i + 1 < name.len; i++)
        if (name.ptr[i] == '_' && name.ptr[i + 1] == '_')
            return true;
    return false;
}

static bool is_whole_number(const char *version)
{
    return version[strspn(version, "0123456789")] == '\0';
}

/* V and a whole number are refinery's names as well, and a U file may be its "unversioned" one. */
static enum detection mark_of(const struct tree_entry *entry, struct arena *arena)
{
    struct slice file = tree_entry_name(entry);
    struct flyway_name name;

    if (slice_equal_text(entry->path, "flyway.conf") ||
        slice_equal_text(entry->path, "flyway.toml") || slice_ends_with(file, ".sql.conf"))
        return DETECT_CERTAIN;
    if (entry->kind == TREE_DIRECTORY || !has_separator(file))
        return DETECT_NO;
    name = flyway_name_parse(file, arena);
    if (name.kind == FLYWAY_REPEATABLE || name.kind == FLYWAY_BASELINE)
        return DETECT_CERTAIN;
    if (name.kind != FLYWAY_VERSIONED)
        return DETECT_NO;
    return is_whole_number(name.version) ? DETECT_LIKELY : DETECT_CERTAIN;
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    enum detection best = DETECT_NO;

    for (size_t i = 0; i < tree->count && best < DETECT_CERTAIN; i++) {
        enum detection mark = mark_of(&tree->entries[i], arena);

        if (mark <= best)
            continue;
        best = mark;
        *why = tree->entries[i].path.ptr;
    }
    return best;
}

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

static struct slice read_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT version, description, type, checksum, success, installed_on, "
                       "execution_time FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " ORDER BY installed_rank");
    return buf_slice(&sql);
}

/* `flyway repair` and `flyway undo` take back the newest row of a version, and of a repeatable
 * migration all there are. */
static void take_back(struct applied_list *list, const char *id)
{
    bool is_repeatable = strncmp(id, "R ", 2) == 0;

    for (size_t i = list->count; i-- > 0;) {
        const struct applied *row = &list->items[i];
        const char *plain_id = strncmp(row->id, "B ", 2) == 0 ? row->id + 2 : row->id;

        if (row->is_mark || strcmp(plain_id, id) != 0)
            continue;
        memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof *list->items);
        list->count--;
        if (!is_repeatable)
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

    if (slice_equal_text(type, "SCHEMA"))
        return;
    if (slice_equal_text(type, "DELETE") || slice_starts_with(type, "UNDO_")) {
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
                         .is_failed = !rowset_bool(rows, i, COLUMN_SUCCESS),
                         .is_mark = slice_equal_text(type, "BASELINE"),
                     });
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != COLUMN_COUNT) {
        error_set(err, ERR_CONFIG, "the bookkeeping table is not Flyway's: it has other columns");
        error_hint(err, "name the right format ([migrate] format) or another table "
                        "([migrate] table)");
        return false;
    }
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
static void add_check_of_emptiness(struct buf *out, struct sql_name table)
{
    struct buf body = buf_in(out->arena);

    buf_add_text(&body, "BEGIN IF EXISTS (");
    add_contents(&body, table);
    buf_add_text(
        &body, ") THEN RAISE EXCEPTION 'the schema is not empty, and has no history of Flyway''s' "
               "USING HINT = 'say what is there already, as Flyway asks, too: [migrate] "
               "baseline_on_migrate, or flyway baseline'; "
               "END IF; END");
    buf_add_text(out, "DO ");
    sql_quote_literal(out, buf_slice(&body));
    buf_add_text(out, ";\n");
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

static struct slice create_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table);
    add_check_of_emptiness(&sql, table);
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
static struct slice create_baselined(struct sql_name table, const char *version,
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

static void add_duration(struct buf *sql, int64_t duration_ms)
{
    if (duration_ms < 0)
        buf_add_text(sql, "(extract(epoch FROM pg_catalog.clock_timestamp() - "
                          "pg_catalog.transaction_timestamp()) * 1000)::int");
    else
        buf_printf(sql, "%lld", (long long)duration_ms);
}

static struct slice record(struct sql_name table, const struct migration *migration,
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
    buf_printf(&sql, ", '%s', ", name.kind == FLYWAY_BASELINE ? "SQL_BASELINE" : "SQL");
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
static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
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

const struct format format_flyway = {
    .name = "flyway",
    .features = FORMAT_TAKES_SEVERAL_FOLDERS,
    .default_table = "flyway_schema_history",
    .no_transaction_mark = "executeInTransaction=false in its .sql.conf",
    .detect = detect,
    .list = list,
    .read_history = read_history,
    .applied = applied,
    .create_history = create_history,
    .create_baselined = create_baselined,
    .record = record,
    .pending = flyway_pending,
    .check = flyway_check,
    .lock_keys = lock_keys,
};
