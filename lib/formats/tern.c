/*
 * formats/tern - tern's numbered files and its one-row schema_version
 *
 * Files      <digits>_<name>.sql at the top, numbered 1, 2, 3, ... without a gap; others are passed
 *            over. The id is the number.
 * Content    what is above the first "---- create above / drop below ----", trimmed; it must have
 *            a line that is neither blank nor a comment. A line that is "---- tern: disable-tx
 *            ----" and nothing else, no carriage return either: no transaction.
 *            Every file is a template of Go's text/template: "{{" cannot be run here.
 * Down       what is below that line, trimmed, with a disable-tx of its own; nothing there is an
 *            error, a comment is not. The number recorded is the one below.
 * Table      one row with the number of the last migration, 0 at first
 * Facts      tern 2.4.2, migrate/migrate.go, read and run
 */
#include "formats/bookkeeping.h"
#include "formats/directive.h"
#include "formats/registry.h"
#include "formats/version.h"

#include <stdlib.h>
#include <string.h>

static const char down_mark[] = "---- create above / drop below ----";
static const char no_transaction_mark[] = "---- tern: disable-tx ----";

enum { NUMBER_DIGITS_MAX = 9 };

/* The offset of a text, or source.len. */
static size_t find_text(struct slice source, const char *text)
{
    const char *found = source.len ? memmem(source.ptr, source.len, text, strlen(text)) : NULL;

    return found ? (size_t)(found - source.ptr) : source.len;
}

static bool has_no_transaction_line(struct slice up)
{
    while (up.len) {
        size_t end = slice_find(up, '\n');

        if (slice_equal_text(slice_sub(up, 0, end), no_transaction_mark))
            return true;
        up = slice_sub(up, end + 1, up.len);
    }
    return false;
}

static bool has_statement(struct slice up)
{
    struct slice line;

    while (slice_next_line(&up, &line)) {
        line = slice_trim(line);
        if (line.len && !slice_starts_with(line, "--"))
            return true;
    }
    return false;
}

/* "001_a.sql", but neither "001.sql" nor "001_.sql" */
static bool is_migration_name(const struct tree_entry *entry)
{
    struct slice digits = version_digits(entry->path);
    struct slice rest = slice_sub(entry->path, digits.len, entry->path.len);

    return tree_entry_is_top_sql(entry) && entry->kind != TREE_DIRECTORY && digits.len &&
           slice_starts_with(rest, "_") && rest.len > strlen("_.sql");
}

static bool read_number(const struct tree *tree, const struct tree_entry *entry, int64_t *number,
                        struct error *err)
{
    struct slice digits = version_digits(entry->path);

    while (digits.len && digits.ptr[0] == '0')
        digits = slice_sub(digits, 1, digits.len);
    if (!digits.len || digits.len > NUMBER_DIGITS_MAX)
        return file_refuse(tree, entry, err, "has no number that tern can count with",
                           "tern's files are numbered 1, 2, 3, ... without a gap");
    *number = strtoll(digits.ptr, NULL, 10);
    return true;
}

static bool check_up(const struct tree *tree, const struct tree_entry *entry, struct slice up,
                     struct error *err)
{
    if (find_text(up, "{{") < up.len)
        return file_refuse(tree, entry, err, "is a template (\"{{\")",
                           "only tern itself can fill it in; run it as a step: [migrate] command = "
                           "tern migrate");
    if (!has_statement(up))
        return file_refuse(tree, entry, err, "has no SQL in its up part",
                           "tern refuses the folder for it: put in what is to be done, SELECT 1; "
                           "if that is nothing");
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr};
    struct slice *source = &migration.source;

    if (!read_number(tree, entry, &migration.number, err) ||
        !file_read_unmarked(tree, entry, source, err))
        return false;
    migration.id = arena_printf(arena, "%lld", (long long)migration.number);
    migration.name = arena_text(arena, slice_sub(entry->path, 0, entry->path.len - 4));
    migration.up = slice_trim(slice_sub(*source, 0, find_text(*source, down_mark)));
    migration.is_transactional = !has_no_transaction_line(migration.up);
    migration_list_add(out, arena, migration);
    return check_up(tree, entry, migration.up, err) && migration_check_sql(tree, &migration, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static bool check_no_gap(const struct tree *tree, const struct migration_list *list,
                         struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].number == (int64_t)i + 1)
            continue;
        error_set(err, ERR_CONFIG, "there is no migration %zu before %s", i + 1,
                  list->items[i].path);
        error_hint(err, "tern's files are numbered 1, 2, 3, ... without a gap");
        return error_wrap(err, "%s", tree->root);
    }
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++)
        if (is_migration_name(&tree->entries[i]) &&
            !list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (!out->count) {
        error_set(err, ERR_CONFIG, "no migration files");
        error_hint(err, "tern's files are named <number>_<name>.sql and lie at the top");
        return error_wrap(err, "%s", tree->root);
    }
    qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err) && check_no_gap(tree, out, err);
}

static const char *mark(struct slice line, struct slice text, struct arena *arena)
{
    static const char *const marks[] = {down_mark, no_transaction_mark};

    (void)text, (void)arena;
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (find_text(line, marks[i]) < line.len)
            return marks[i];
    return NULL;
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    (void)arena;
    *why = "tern.conf";
    return tree_find(tree, SLICE("tern.conf")) ? DETECT_CERTAIN : DETECT_NO;
}

static bool refuse_table(struct error *err, const char *found)
{
    error_set(err, ERR_CONFIG, "the bookkeeping table is not tern's: %s", found);
    error_hint(err, "tern's has one row with one number; name the right format ([migrate] format) "
                    "or another table ([migrate] table)");
    return false;
}

/* Version 0 is the row of a database without any migration. */
static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    long long version = rowset_int(rows, 0, 0, -1);

    if (rows->column_count != 2)
        return refuse_table(err, "it has other columns");
    if (rows->row_count != 1)
        return refuse_table(err, rows->row_count ? "it has several rows" : "it has no row");
    if (version < 0 || !slice_equal_text(rowset_get(rows, 0, 1), "integer"))
        return refuse_table(err, "its version is no integer from 0 up");
    if (version > 0)
        applied_list_add(out, arena,
                         (struct applied){.id = arena_printf(arena, "%lld", version),
                                          .duration_ms = -1,
                                          .number = version});
    return true;
}

static int64_t version_of(const struct applied_list *rows)
{
    return rows->count ? rows->items[0].number : 0;
}

static bool pending(const struct migration_list *migrations, const struct applied_list *rows,
                    bool *is_pending, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = migrations->items[i].number > version_of(rows);
    return true;
}

static bool check(const struct migration_list *migrations, const struct applied_list *rows,
                  struct error *err)
{
    int64_t version = version_of(rows);

    if (version <= (int64_t)migrations->count)
        return true;
    error_set(err, ERR_MIGRATION, "the database is at version %lld, but there are only %zu files",
              (long long)version, migrations->count);
    error_hint(err,
               "bring the missing files back; to undo them, run `tern migrate --destination %zu` "
               "where they are",
               migrations->count);
    return false;
}

static struct slice set_version(struct sql_name table, int64_t version, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "UPDATE ");
    sql_quote_name(&sql, table);
    buf_printf(&sql, " SET version = %lld", (long long)version);
    return buf_slice(&sql);
}

static struct slice record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    if (!record_is_of_success(request))
        return SLICE("");
    return set_version(table, migration->number, arena);
}

static struct slice record_none(struct sql_name table, struct arena *arena)
{
    return set_version(table, 0, arena);
}

static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    static const char wanted[] = "below a line ---- create above / drop below ----";
    struct slice source = migration->source;
    size_t end = find_text(source, down_mark) + strlen(down_mark);
    struct slice part = slice_trim(slice_sub(source, end, source.len));

    (void)options, (void)arena;
    if (!part.len)
        return down_refuse_missing(tree, migration, wanted, err);
    if (find_text(part, "{{") < part.len) {
        error_set(err, ERR_CONFIG, "its down part is a template (\"{{\")");
        error_hint(err, "only tern itself can fill it in");
        return error_wrap(err, "%s/%s", tree->root, migration->path);
    }
    migration->up = part;
    migration->is_transactional = !has_no_transaction_line(part);
    migration->number--;
    return true;
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = 9628173550095224;
    return 1;
}

const struct format format_tern = {
    .name = "tern",
    .default_table = "public.schema_version",
    .no_transaction_mark = no_transaction_mark,
    .detect = detect,
    .mark = mark,
    .list = list,
    /* The type tells it from old Flyway's table, which has the same name and a textual version. */
    .history_query = "SELECT version, pg_catalog.pg_typeof(version) FROM {table}",
    .history_table = "CREATE TABLE {table} (version int4 NOT NULL PRIMARY KEY);\n"
                     "INSERT INTO {table} (version) VALUES (0)",
    .applied = applied,
    .record = record,
    .pending = pending,
    .check = check,
    .lock_keys = lock_keys,
    .down = down,
    .record_down = record,
    .check_down = check,
    .record_none = record_none,
};
