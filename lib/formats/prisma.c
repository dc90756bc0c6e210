/*
 * formats/prisma - Prisma Migrate's folders and its _prisma_migrations
 *
 * Files      <name>/migration.sql directly below, in the order of localeCompare (6.6 and later;
 *            byte order before, which differs for hand-made names only); the id is the folder's
 *            name. Files beside the folders are passed over, migration_lock.toml is read: its first
 *            line that begins with "provider" must say postgresql, a missing file is no error.
 * Content    the whole file. A UTF-8 byte order mark is not sent (the tool sends it and fails,
 *            42601), invalid UTF-8 is refused (the tool puts U+FFFD in its place).
 * Checksum   SHA-256 of the file's exact bytes
 * Records    The tool writes its row before the script and completes it after. In a transaction
 *            that is one row after the script; without one it is done as the tool does it, so that
 *            a row without finished_at means the same to both. The tool sends a file in one message
 *            and has no mark for statements that need one of their own: after 25001 it is run again
 *            statement by statement. So is a file that ends a transaction of its own on the way:
 *            what it has committed must not be forgotten when a later statement fails.
 * Facts      prisma 7.10.1 and 6.19.3, run; the schema engine's source. `migrate deploy` compares
 *            no checksums, applies what comes late, passes over rows that have no folder. P3005,
 *            P3009, P3015, P3019 are refused here as well, P3015 before anything is applied. Not as
 *            the tool does: a link to a folder counts as the folder, a hidden folder does not.
 */
#include "base/buf.h"
#include "base/text.h"
#include "formats/bookkeeping.h"
#include "formats/collate.h"
#include "formats/prisma_resolve.h"
#include "formats/prisma_script.h"
#include "formats/registry.h"
#include "formats/resolve.h"

#include <stdlib.h>
#include <string.h>

/* The schema engine's, whatever the database is called. */
static const int64_t lock_key = 72707369;

static const char script_name[] = "migration.sql";

enum column { NAME, CHECKSUM, TIME, DURATION, IS_FAILED, COLUMN_COUNT };

static bool refuse_path(const struct tree *tree, struct slice path, struct error *err,
                        const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return error_wrap(err, "%s/%.*s", tree->root, SLICE_ARG(path));
}

/* The first file of this name in a folder of the top. */
static const struct tree_entry *find_below(const struct tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        size_t slash = slice_find(entry->path, '/');

        if (slice_equal_text(slice_sub(entry->path, slash + 1, entry->path.len), name))
            return entry;
    }
    return NULL;
}

/* A folder without a script is kept: whether that matters is known with the bookkeeping only. */
static bool list_folder(const struct tree *tree, struct slice name, struct arena *arena,
                        struct migration_list *out, struct error *err)
{
    char *path = arena_printf(arena, "%.*s/%s", SLICE_ARG(name), script_name);
    const struct tree_entry *entry = tree_find(tree, slice_from(path));
    struct migration migration = {
        .id = name.ptr, .name = name.ptr, .path = path, .is_transactional = true};

    migration.source = migration.up = SLICE("");
    if (entry) {
        if (!tree_entry_text(tree, entry, &migration.source, err) ||
            !prisma_script_read(tree, &migration, arena, err))
            return false;
    }
    migration_list_add(out, arena, migration);
    return true;
}

/* Whether two neighbours differ where their order is known: before any character beyond ASCII. */
static bool is_order_known(struct slice a, struct slice b)
{
    size_t same = 0;

    while (same < a.len && same < b.len && a.ptr[same] == b.ptr[same])
        same++;
    return collate_is_known(slice_sub(a, 0, same + 1)) &&
           collate_is_known(slice_sub(b, 0, same + 1));
}

static bool check_order(const struct migration_list *list, const struct tree *tree,
                        struct error *err)
{
    for (size_t i = 1; i < list->count; i++) {
        struct slice name = slice_from(list->items[i].id);

        if (!is_order_known(slice_from(list->items[i - 1].id), name))
            return refuse_path(tree, name, err,
                               "the order of this folder is not known: its name, or the one "
                               "before it, has characters beyond ASCII",
                               "rename it, and its row in _prisma_migrations when it is applied");
    }
    return true;
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return collate_compare(slice_from(left->id), slice_from(right->id));
}

/* Folders of the same tool under other rules: what the first file of them is, or NULL. */
static const struct tree_entry *find_preview(const struct tree *tree)
{
    const struct tree_entry *entry = tree_find(tree, SLICE("migrate.lock"));

    return entry ? entry : find_below(tree, "steps.json");
}

static const struct tree_entry *find_prisma_8(const struct tree *tree)
{
    return find_below(tree, "migration.json") ? find_below(tree, "ops.json") : NULL;
}

static bool check_age(const struct tree *tree, struct error *err)
{
    const struct tree_entry *preview = find_preview(tree), *next = find_prisma_8(tree);

    if (preview)
        return refuse_path(tree, preview->path, err,
                           "is of Prisma Migrate's preview of 2020, which the tool itself no "
                           "longer reads (P3003)",
                           "remove the old migrations and baseline: npx prisma migrate diff, then "
                           "npx prisma migrate resolve --applied NAME");
    if (next)
        return refuse_path(tree, next->path, err,
                           "is of Prisma 8, whose migrations are no SQL files",
                           "run the tool itself as a step: [migrate] command = ...");
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    struct slice text;

    if (!check_age(tree, err) || !prisma_check_lock_file(tree, err))
        return false;
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (!tree_entry_is_top(entry) || entry->kind == TREE_FILE)
            continue;
        if (entry->kind == TREE_UNUSABLE && !tree_entry_text(tree, entry, &text, err))
            return false; /* it may be a folder */
        if (!list_folder(tree, entry->path, arena, out, err))
            return false;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return check_order(out, tree, err) && migration_list_check_unique(out, tree, arena, err);
}

/*
 * The tool goes without its lock file, but Drizzle's folders may look the same then:
 * formats/foreign has the mark that both share, and the operator decides.
 */
static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    const struct tree_entry *mark = tree_find(tree, slice_from(prisma_lock_file));

    (void)arena;
    mark = mark ? mark : find_preview(tree);
    mark = mark ? mark : find_prisma_8(tree);
    if (!mark)
        return DETECT_NO;
    *why = mark->path.ptr;
    return DETECT_CERTAIN;
}

static int compare_ids(const char *left, const char *right)
{
    return collate_compare(slice_from(left), slice_from(right));
}

/* --- the bookkeeping --- */

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != COLUMN_COUNT)
        return history_refuse(err, "Prisma", "it has other columns");
    for (size_t i = 0; i < rows->row_count; i++)
        applied_list_add(
            out, arena,
            (struct applied){.id = arena_text(arena, rowset_get(rows, i, NAME)),
                             .checksum = cell_text(rowset_get(rows, i, CHECKSUM), arena),
                             .applied_at = cell_text(rowset_get(rows, i, TIME), arena),
                             .duration_ms = rowset_int(rows, i, DURATION, -1),
                             .is_failed = rowset_bool(rows, i, IS_FAILED)});
    return true;
}

static bool has_script(const struct migration_list *migrations, const char *id)
{
    const struct migration *migration = migration_list_find(migrations, id);

    return migration && migration->checksum;
}

static bool refuse_failed(const struct migration_list *migrations, const struct applied *row,
                          size_t more, struct error *err)
{
    char name[256];

    text_sanitize(slice_from(row->id), name, sizeof name);
    error_set(err, ERR_MIGRATION, "%s, started at %s, failed or was cut off%s (P3009)", name,
              row->applied_at ? row->applied_at : "an unknown time",
              more ? ", and so did others" : "");
    resolve_hint(err, "put right by hand what it left", row->id, has_script(migrations, row->id));
    return false;
}

static bool check_failed(const struct migration_list *migrations,
                         const struct applied_list *applied, struct error *err)
{
    const struct applied *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < applied->count; i++) {
        if (!applied->items[i].is_failed)
            continue;
        first = first ? first : &applied->items[i];
        count++;
    }
    return !first || refuse_failed(migrations, first, count - 1, err);
}

static bool has_row(const struct applied_list *applied, const char *id)
{
    for (size_t i = 0; i < applied->count; i++)
        if (strcmp(applied->items[i].id, id) == 0)
            return true;
    return false;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err)
{
    if (!check_failed(migrations, applied, err))
        return false;
    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        if (migration->checksum || has_row(applied, migration->id))
            continue;
        error_set(err, ERR_MIGRATION, "is not there, or cannot be read (P3015)");
        error_hint(err, "restore the file, or remove the folder; nothing has been applied");
        return error_wrap(err, "%s", migration->path);
    }
    return true;
}

/*
 * Without a table the tool takes a schema that has tables for a database that existed before, and
 * leaves it alone (P3005). It counts ordinary tables only, and not PostGIS's.
 */
static struct slice emptiness_check(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena), body = buf_in(arena);

    buf_add_text(&body,
                 "DECLARE found text; BEGIN "
                 "SELECT pg_catalog.min(c.relname::text) INTO found FROM pg_catalog.pg_class c "
                 "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                 "WHERE c.relkind = 'r' AND pg_catalog.lower(c.relname::text) NOT IN "
                 "('spatial_ref_sys', 'geometry_columns', 'geography_columns', 'raster_columns', "
                 "'raster_overviews') AND n.nspname = ");
    sql_quote_literal(&body, table.schema);
    buf_add_text(
        &body,
        "; IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '55000', "
        "MESSAGE = pg_catalog.concat('the schema is not empty: it has the table ', found, "
        "', but none of Prisma''s (P3005)'), HINT = 'the database existed before Prisma: "
        "run migrinit baseline NAME with the last migration that it has already, or migrate an "
        "empty schema'; END IF; END");
    buf_add_text(&sql, "DO ");
    sql_quote_literal(&sql, buf_slice(&body));
    return buf_slice(&sql);
}

/* A UUID of version 4. gen_random_uuid() came with PostgreSQL 13 only. */
static void add_uuid(struct buf *sql)
{
    buf_add_text(sql,
                 "pg_catalog.overlay(pg_catalog.overlay(pg_catalog.md5(pg_catalog.concat("
                 "pg_catalog.random(), pg_catalog.clock_timestamp(), pg_catalog.random())), "
                 "'4', 13), pg_catalog.substr('89ab', 1 + pg_catalog.floor("
                 "pg_catalog.random() * 4)::integer, 1), 17)::pg_catalog.uuid::pg_catalog.text");
}

static void add_insert(struct buf *sql, struct sql_name table, const struct migration *migration,
                       bool is_finished)
{
    buf_add_text(sql, "INSERT INTO ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " (id, checksum, started_at, migration_name");
    buf_add_text(sql, is_finished ? ", finished_at, applied_steps_count) VALUES (" : ") VALUES (");
    add_uuid(sql);
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, slice_from(migration->checksum));
    buf_add_text(sql, is_finished ? ", pg_catalog.transaction_timestamp(), "
                                  : ", pg_catalog.clock_timestamp(), ");
    sql_quote_literal(sql, slice_from(migration->id));
    buf_add_text(sql, is_finished ? ", pg_catalog.clock_timestamp(), 1)" : ")");
}

/* There is one such row: with another one check() would not have let us begin. */
static void add_unfinished(struct buf *sql, const struct migration *migration)
{
    buf_add_text(sql, " WHERE migration_name = ");
    sql_quote_literal(sql, slice_from(migration->id));
    buf_add_text(sql, " AND finished_at IS NULL AND rolled_back_at IS NULL");
}

/* As `resolve --applied` writes it. */
static void add_resolved(struct buf *sql, struct sql_name table, const struct migration *migration)
{
    buf_add_text(sql, "INSERT INTO ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " (id, checksum, started_at, migration_name, finished_at, logs, "
                      "applied_steps_count) SELECT ");
    add_uuid(sql);
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, slice_from(migration->checksum));
    buf_add_text(sql, ", t, ");
    sql_quote_literal(sql, slice_from(migration->id));
    buf_add_text(sql, ", t, '', 0 FROM pg_catalog.clock_timestamp() AS t");
}

static void add_update(struct buf *sql, struct sql_name table, const struct migration *migration,
                       const struct record_request *request)
{
    buf_add_text(sql, "UPDATE ");
    sql_quote_name(sql, table);
    if (request->phase == RECORD_FAILED) {
        buf_add_text(sql, " SET logs = ");
        sql_quote_literal(sql, slice_from(request->failure));
    } else {
        buf_add_text(sql, " SET applied_steps_count = applied_steps_count + 1, "
                          "finished_at = pg_catalog.clock_timestamp()");
    }
    add_unfinished(sql, migration);
}

static struct slice record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_RESOLVED)
        add_resolved(&sql, table, migration);
    else if (request->phase == RECORD_APPLIED || request->phase == RECORD_STARTED)
        add_insert(&sql, table, migration, request->phase == RECORD_APPLIED);
    else
        add_update(&sql, table, migration, request);
    return buf_slice(&sql);
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = lock_key;
    return 1;
}

const struct format format_prisma = {
    .name = "prisma",
    .features = FORMAT_RERUNS_WITHOUT_TRANSACTION,
    .default_table = "_prisma_migrations",
    .detect = detect,
    .list = list,
    /* A row that was rolled back counts for nothing: its migration is applied anew. */
    .history_query = "SELECT migration_name, checksum, coalesce(finished_at, started_at), "
                     "(extract(epoch FROM finished_at - started_at) * 1000)::bigint, "
                     "finished_at IS NULL FROM {table} "
                     "WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name",
    .history_table = "CREATE TABLE {table} (id varchar(36) PRIMARY KEY NOT NULL, "
                     "checksum varchar(64) NOT NULL, finished_at timestamptz, "
                     "migration_name varchar(255) NOT NULL, logs text, "
                     "rolled_back_at timestamptz, "
                     "started_at timestamptz NOT NULL DEFAULT now(), "
                     "applied_steps_count integer NOT NULL DEFAULT 0)",
    .applied = applied,
    .record = record,
    .check = check,
    .compare_ids = compare_ids,
    .lock_keys = lock_keys,
    .emptiness_check = emptiness_check,
    .resolve = prisma_resolve,
};
