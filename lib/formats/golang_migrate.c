/*
 * formats/golang_migrate - golang-migrate's folder and its one-row schema_migrations
 *
 * Files      <digits>_<anything>.up.<anything> and .down.<anything> at the top, in order of the
 *            number; the last ".up." or ".down." of the name counts, the extension does not: so
 *            x.up.txt and x.up.sql.bak are run. All other files are passed over. A version that has
 *            a down file alone is a version with nothing to run.
 * Content    the whole file; there are no directives. The tool sends it without BEGIN. We send it
 *            in a transaction with its record, so that a crash leaves no dirty state; a file that
 *            cannot run in one (25001) is run again as the tool does it: dirty before, clean after.
 *            With x-multi-statement=true in the URL each statement is sent by itself, as with the
 *            tool, which cuts at every ';' though, in quotes and bodies as well.
 * Table      no row or one: the highest version reached, and whether it is dirty. It cannot say
 *            which lower versions were applied. The tool takes all of them for applied, and a lower
 *            version that is added later is never run; that is its rule, and so it is here. No
 *            warning can be given: the table does not tell such a file from an applied one.
 * Down       the whole down file; the row goes to the version below, or the table becomes empty;
 *            dirty on the way down from the first version is -1. The tool goes down over a version
 *            without a down file and undoes nothing; here that is refused.
 * Refused    as the tool does: dirty, a recorded version without a file, two files of one version
 *            and direction (1_ and 01_), no files at all. Beyond it: a number above 2^63 - 1, which
 *            the tool ignores or breaks off at; a folder named like a migration.
 * Lock       CRC-32 of schema NUL table NUL database, times a constant, modulo 2^32. The command
 *            line and programs that open by URL put a slash before the database, programs that hand
 *            over an open connection do not: both keys are taken.
 * Facts      golang-migrate 4.19.1: source/parse.go, migrate.go, database/util.go,
 *            database/postgres/postgres.go, internal/cli/main.go, read; its command line, run
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/digest.h"
#include "formats/registry.h"
#include "formats/resolve.h"
#include "formats/version.h"

enum direction { DIRECTION_UP, DIRECTION_DOWN };

struct file {
    const struct tree_entry *entry;
    struct slice name;   /* "000001_init" of 000001_init.up.sql */
    struct slice digits; /* "000001" */
    enum direction direction;
};

struct file_list {
    struct file *items;
    size_t count;
    size_t capacity;
};

/* Where the last ".up." or ".down." begins; 0 when there is none. */
static size_t find_direction(struct slice name, size_t from, enum direction *direction)
{
    for (size_t at = name.len; at > from; at--) {
        struct slice tail = slice_sub(name, at - 1, name.len);

        *direction = slice_starts_with(tail, ".up.") ? DIRECTION_UP : DIRECTION_DOWN;
        if (*direction == DIRECTION_UP || slice_starts_with(tail, ".down."))
            return at - 1;
    }
    return 0;
}

static bool parse_file(const struct tree_entry *entry, struct file *out)
{
    struct slice digits = version_digits(entry->path);
    size_t end;

    if (!tree_entry_is_top(entry) || !digits.len ||
        !slice_starts_with(slice_sub(entry->path, digits.len, entry->path.len), "_"))
        return false;
    end = find_direction(entry->path, digits.len + 1, &out->direction);
    out->entry = entry;
    out->digits = digits;
    out->name = slice_sub(entry->path, 0, end);
    return end > 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct file *left = a, *right = b;
    int order = version_compare(left->digits, right->digits);

    if (!order)
        order = (int)left->direction - (int)right->direction;
    return order ? order : slice_compare(left->entry->path, right->entry->path);
}

static struct file_list find_files(const struct tree *tree, struct arena *arena)
{
    struct file_list files = {0};
    struct file file;

    for (size_t i = 0; i < tree->count; i++) {
        if (!parse_file(&tree->entries[i], &file))
            continue;
        files.items =
            arena_grow(arena, files.items, &files.capacity, files.count, sizeof *files.items);
        files.items[files.count++] = file;
    }
    if (files.count)
        qsort(files.items, files.count, sizeof *files.items, compare_files);
    return files;
}

static bool is_same_version(const struct file *a, const struct file *b)
{
    return version_compare(a->digits, b->digits) == 0;
}

static bool check_no_twin(const struct tree *tree, const struct file *file,
                          const struct file *before, struct error *err)
{
    if (!is_same_version(file, before) || file->direction != before->direction)
        return true;
    error_set(err, ERR_CONFIG, "%s and %s are both version %.*s", before->entry->path.ptr,
              file->entry->path.ptr, SLICE_ARG(file->digits));
    error_hint(err, "golang-migrate refuses this as well: renumber the one that was not yet "
                    "applied");
    return error_wrap(err, "%s", tree->root);
}

static bool read_version(const struct tree *tree, const struct file *file, int64_t *version,
                         struct error *err)
{
    errno = 0;
    *version = strtoll(file->entry->path.ptr, NULL, 10);
    if (!errno)
        return true;
    error_set(err, ERR_CONFIG, "the version does not fit in the bigint that records it");
    error_hint(err, "the highest is %" PRId64, INT64_MAX);
    return error_wrap(err, "%s/%s", tree->root, file->entry->path.ptr);
}

static bool list_file(const struct tree *tree, const struct file *file, struct arena *arena,
                      struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = file->entry->path.ptr,
                                  .is_transactional =
                                      !migration_list_options(out)->splits_statements};

    if (!read_version(tree, file, &migration.number, err) ||
        !tree_entry_text(tree, file->entry, &migration.source, err))
        return false;
    migration.id = arena_printf(arena, "%" PRId64, migration.number);
    migration.name = arena_text(arena, file->name);
    migration.up =
        slice_sub(migration.source, 0, file->direction == DIRECTION_UP ? migration.source.len : 0);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    struct file_list files = find_files(tree, arena);

    if (!files.count) {
        error_set(err, ERR_CONFIG, "no migration files");
        error_hint(err, "golang-migrate's files are named <digits>_<name>.up.sql and lie at the "
                        "top");
        return error_wrap(err, "%s", tree->root);
    }
    for (size_t i = 0; i < files.count; i++) {
        const struct file *file = &files.items[i];
        bool is_first = i == 0 || !is_same_version(file, file - 1);

        if (i > 0 && !check_no_twin(tree, file, file - 1, err))
            return false;
        if (is_first && !list_file(tree, file, arena, out, err))
            return false;
    }
    return true;
}

/* sqlx's reversible migrations have the very same names. */
static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    struct file file;

    for (size_t i = 0; i < tree->count; i++) {
        if (!parse_file(&tree->entries[i], &file) ||
            tree_entry_is_plain_down(tree, &tree->entries[i], arena))
            continue;
        *why = arena_printf(arena, "a name like %s", file.entry->path.ptr);
        if (!tree_find(tree, SLICE("go.mod")))
            return DETECT_POSSIBLE;
        *why = arena_printf(arena, "%s and a go.mod", *why);
        return DETECT_CERTAIN;
    }
    return DETECT_NO;
}

static bool refuse_table(struct error *err, const char *found)
{
    error_set(err, ERR_CONFIG, "the bookkeeping table is not golang-migrate's: %s", found);
    error_hint(err,
               "other tools (dbmate, Rails, Ecto) have a table of this name, too: name the right "
               "format ([migrate] format) or another table ([migrate] table)");
    return false;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 2)
        return refuse_table(err, "it has other columns");
    if (rows->row_count && rowset_is_null(rows, 0, 1))
        return refuse_table(err, "it has no column dirty");
    if (rows->row_count > 1)
        return refuse_table(err, "it has more than one row");
    for (size_t i = 0; i < rows->row_count; i++)
        applied_list_add(out, arena,
                         (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)),
                                          .number = rowset_int(rows, i, 0, -1),
                                          .is_failed = rowset_bool(rows, i, 1),
                                          .duration_ms = -1});
    return true;
}

static bool pending(const struct migration_list *migrations, const struct applied_list *applied,
                    bool *is_pending, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = !applied->count || migrations->items[i].number > applied->items[0].number;
    return true;
}

static bool has_file(const struct migration_list *migrations, int64_t version)
{
    for (size_t i = 0; i < migrations->count; i++)
        if (migrations->items[i].number == version)
            return true;
    return false;
}

/* Only undoing the first migration leaves this. */
static bool refuse_dirty_none(struct error *err)
{
    error_set(err, ERR_MIGRATION,
              "the database is dirty: undoing the first migration began and did "
              "not end");
    error_hint(err, "finish it by hand and run `migrate force -- -1`, or put back what it took "
                    "away and run `migrate force V` with the first version");
    return false;
}

static bool refuse_dirty(const struct migration_list *migrations, const struct applied *row,
                         struct error *err)
{
    if (row->number < 0)
        return refuse_dirty_none(err);
    error_set(err, ERR_MIGRATION,
              "the database is dirty at version %s: a migration began and did not end", row->id);
    resolve_hint(err, "look what it left behind, and undo it or finish it by hand", row->id,
                 has_file(migrations, row->number));
    return false;
}

static bool refuse_without_file(int64_t version, struct error *err)
{
    error_set(err, ERR_MIGRATION, "version %" PRId64 " is applied, and has no file here", version);
    error_hint(err,
               "golang-migrate refuses this as well: start the image that has the file, or run "
               "`migrate force V` with the version that the schema really has");
    return false;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err)
{
    const struct applied *row = applied->items;

    if (!applied->count)
        return true;
    if (row->is_failed)
        return refuse_dirty(migrations, row, err);
    return has_file(migrations, row->number) || refuse_without_file(row->number, err);
}

/* A migration that failed stays dirty, as the tool leaves it. */
static struct slice record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_FAILED)
        return SLICE("");
    buf_add_text(&sql, "TRUNCATE ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, ";INSERT INTO ");
    sql_quote_name(&sql, table);
    buf_printf(&sql, " (version, dirty) VALUES (%" PRId64 ", %s)", migration->number,
               request->phase == RECORD_STARTED ? "true" : "false");
    return buf_slice(&sql);
}

static struct slice record_none(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "TRUNCATE ");
    sql_quote_name(&sql, table);
    return buf_slice(&sql);
}

/* Of the folder's files: the highest version below this one, or -1, the tool's own "none". */
static int64_t version_below(const struct file_list *files, struct slice digits)
{
    int64_t below = -1;

    for (size_t i = 0; i < files->count && version_compare(files->items[i].digits, digits) < 0; i++)
        below = strtoll(files->items[i].entry->path.ptr, NULL, 10);
    return below;
}

/* The number becomes what is recorded afterwards: the version below. */
static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    struct file_list files = find_files(tree, arena);
    struct slice digits = version_digits(slice_from(migration->path));
    const struct tree_entry *found = NULL;

    (void)options;
    for (size_t i = 0; i < files.count; i++)
        if (files.items[i].direction == DIRECTION_DOWN &&
            version_compare(files.items[i].digits, digits) == 0)
            found = files.items[i].entry;
    migration->number = version_below(&files, digits);
    return down_take_file(tree, found, "<version>_<name>.down.sql", migration, err);
}

/* As the tool does it, dirty first where there is no transaction; "none" is an empty table, but a
 * dirty "none" is a row. */
static struct slice record_down(struct sql_name table, const struct migration *migration,
                                const struct record_request *request, struct arena *arena)
{
    if (request->phase == RECORD_STARTED || migration->number >= 0)
        return record(table, migration, request, arena);
    if (request->phase == RECORD_FAILED)
        return SLICE("");
    return record_none(table, arena);
}

static int64_t lock_key(const struct history_place *place, const char *before_database)
{
    struct arena *arena = arena_new();
    struct buf text = buf_in(arena);
    uint32_t key;

    buf_add(&text, place->table.schema);
    buf_add_char(&text, '\0');
    buf_add(&text, place->table.table);
    buf_add_char(&text, '\0');
    buf_add_text(&text, before_database);
    buf_add_text(&text, place->database);
    key = digest_crc32(buf_slice(&text), 0) * 1486364155U;
    arena_free(arena);
    return key;
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    keys[0] = lock_key(place, "/");
    keys[1] = lock_key(place, "");
    return 2;
}

const struct format format_golang_migrate = {
    .name = "golang-migrate",
    .features = FORMAT_RERUNS_WITHOUT_TRANSACTION,
    .default_table = "schema_migrations",
    .detect = detect,
    .list = list,
    /* dbmate's, Rails' and Ecto's tables have the same name and no such column: through jsonb it is
     * NULL then, instead of an error of the server. */
    .history_query = "SELECT version, (pg_catalog.to_jsonb(t) ->> 'dirty')::pg_catalog.bool "
                     "FROM {table} t",
    .history_table = "CREATE TABLE {table} (version bigint NOT NULL PRIMARY KEY, "
                     "dirty boolean NOT NULL)",
    .applied = applied,
    .record = record,
    .pending = pending,
    .check = check,
    .lock_keys = lock_keys,
    .down = down,
    .record_down = record_down,
    .check_down = check,
    .record_none = record_none,
};
