/*
 * formats/goose - goose's folder and its goose_db_version
 *
 * Files      <number>_<anything>.sql at the top, in order of the number, 1 to 2^63 - 1; 001 is 1.
 *            Each *.sql must be so named. A numbered .go file is a migration as well, compiled into
 *            a program of its own.
 * Content    -- +goose Up | Down | StatementBegin | StatementEnd | NO TRANSACTION | ENVSUB ON | OFF
 *            An annotation is a comment line by itself, from the first column on; letter case does
 *            not matter. The up part goes from Up, before which there are only comments, to Down or
 *            the end. Outside StatementBegin ... StatementEnd a line whose last word ends in ';'
 *            ends a statement; what ends in neither way is refused. A CR before a line end is not
 *            sent. ENVSUB: goose_envsub.h; in the part that is run, where goose looks at both.
 * Order      a file below the highest applied version that has no row is refused, as `goose up`
 *            does without -allow-missing. Any row of a version means applied, whatever is_applied
 *            says; row 0 is the table's beginning.
 * Down       from the line of Down to the end; all rows of the version are deleted. The last one is
 *            that of the newest row, versions whose newest row is not applied set aside. A file
 *            without a Down is refused here, and undone by deleting its row there.
 * Lock       the command takes none; programs that use goose's Provider may take one for a session
 * Facts      goose 3.27.3, internal/sqlparser, up.go, lock, read; built from that source and run
 *            upwards; down.go read as an older release has it. Its statements end at lines, ours at
 *            SQL's own semicolons: a routine body outside StatementBegin, which goose cuts to
 *            pieces, runs here; and in NO TRANSACTION each statement of such a block is sent by
 *            itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/bookkeeping.h"
#include "formats/goose_script.h"
#include "formats/registry.h"
#include "formats/version.h"

static bool refuse(struct error *err, const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return false;
}

/* "00012_a.sql": 12. Zero when there is no such number. */
static int64_t number_of(struct slice name)
{
    struct slice digits = version_digits(name);
    char text[24];
    long long number;

    if (!digits.len || digits.len == name.len || name.ptr[digits.len] != '_')
        return 0;
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = slice_sub(digits, 1, digits.len);
    if (digits.len >= sizeof text)
        return 0;
    memcpy(text, digits.ptr, digits.len);
    text[digits.len] = '\0';
    errno = 0;
    number = strtoll(text, NULL, 10);
    return errno ? 0 : number;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice name = entry->path;
    struct migration migration = {.path = name.ptr, .number = number_of(name)};

    if (migration.number < 1) {
        refuse(err, "has no version in its name, and goose refuses a folder with such a file",
               "name it <number>_<name>.sql with a number from 1 on, or move it elsewhere");
        return error_wrap(err, "%s/%s", tree->root, name.ptr);
    }
    if (!tree_entry_text(tree, entry, &migration.source, err))
        return false;
    migration.id = arena_printf(arena, "%lld", (long long)migration.number);
    migration.name = arena_text(arena, slice_sub(name, 0, name.len - 4));
    if (!goose_script_read(tree, migration_list_options(out), GOOSE_UP, &migration, arena, err))
        return false;
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static bool is_go_migration(const struct tree_entry *entry)
{
    return tree_entry_is_top(entry) && slice_ends_with(entry->path, ".go") &&
           !slice_ends_with(entry->path, "_test.go") && number_of(entry->path) > 0;
}

static bool refuse_go(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    refuse(err, "is a migration in Go, which only a program that has it compiled in can run",
           "run that program as a step ([migrate] command = ...), or write the migration in SQL");
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (is_go_migration(entry))
            return refuse_go(tree, entry, err);
        if (tree_entry_is_top_sql(entry) && !list_entry(tree, entry, arena, out, err))
            return false;
    }
    if (!out->count) {
        refuse(err, "no migration files",
               "goose's files are named <number>_<name>.sql and lie at the top");
        return error_wrap(err, "%s", tree->root);
    }
    qsort(out->items, out->count, sizeof *out->items, compare_numbers);
    return migration_list_check_unique(out, tree, arena, err);
}

static const char *mark(struct slice line, struct slice text, struct arena *arena)
{
    char printable[48];

    (void)text;
    if (!goose_is_annotation(line))
        return NULL;
    text_sanitize(line, printable, sizeof printable);
    return arena_printf(arena, "\"%s\"", printable);
}

static bool refuse_empty_table(struct error *err)
{
    error_set(err, ERR_MIGRATION, "the bookkeeping table has no row, and goose refuses such a one");
    error_hint(err, "drop the table, if nothing was applied yet; else insert its first row again, "
                    "(version_id, is_applied) = (0, true), and one for each applied version");
    return false;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 3)
        return history_refuse(err, "goose", "it has other columns");
    if (!rows->row_count)
        return refuse_empty_table(err);
    for (size_t i = 0; i < rows->row_count; i++) {
        struct slice at = rowset_get(rows, i, 2);
        int64_t number = rowset_int(rows, i, 0, 0);

        if (number < 1)
            continue;
        applied_list_add(out, arena,
                         (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)),
                                          .applied_at = at.ptr ? arena_text(arena, at) : NULL,
                                          .duration_ms = -1,
                                          .number = number,
                                          .is_kept = !rowset_bool(rows, i, 1)});
    }
    return true;
}

/* The part may be empty: goose deletes the row all the same. */
static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    return goose_script_read(tree, options, GOOSE_DOWN, migration, arena, err);
}

static int compare_int64(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static bool refuse_missed(const struct migration *migration, int64_t highest, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s is not applied, and version %lld above it is",
              migration->path, (long long)highest);
    error_hint(err,
               "goose refuses it, too: give the file a number above %lld, or set [migrate] "
               "out_of_order = apply, which is its -allow-missing",
               (long long)highest);
    return false;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied_rows,
                  struct error *err)
{
    struct arena *arena = arena_new();
    int64_t *numbers = arena_array(arena, applied_rows->count, sizeof *numbers);
    int64_t highest = 0;
    bool is_right = true, takes_late = migration_list_takes_late(migrations);

    for (size_t i = 0; i < applied_rows->count; i++)
        numbers[i] = applied_rows->items[i].number;
    if (applied_rows->count) {
        qsort(numbers, applied_rows->count, sizeof *numbers, compare_int64);
        highest = numbers[applied_rows->count - 1];
    }
    for (size_t i = 0; is_right && i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        is_right = takes_late || migration->number > highest ||
                   bsearch(&migration->number, numbers, applied_rows->count, sizeof *numbers,
                           compare_int64) ||
                   refuse_missed(migration, highest, err);
    }
    arena_free(arena);
    return is_right;
}

/* CRC-32 of "goose". */
static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = 4097083626;
    return 1;
}

const struct format format_goose = {
    .name = "goose",
    .features = FORMAT_UNDOES_BY_ROW,
    .default_table = "goose_db_version",
    .no_transaction_mark = "-- +goose NO TRANSACTION",
    .mark = mark,
    .list = list,
    .history_query = "SELECT version_id, is_applied, tstamp FROM {table} ORDER BY id",
    .history_table = "CREATE TABLE {table} ("
                     "id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "
                     "version_id bigint NOT NULL, is_applied boolean NOT NULL, "
                     "tstamp timestamp NOT NULL DEFAULT now());\n"
                     "INSERT INTO {table} (version_id, is_applied) VALUES (0, true)",
    .history_insert = "INSERT INTO {table} (version_id, is_applied) VALUES ({number}, true)",
    .applied = applied,
    .check = check,
    .lock_keys = lock_keys,
    .down = down,
    .id_column = "version_id",
};
