/*
 * formats/refinery - refinery's files and its refinery_schema_history
 *
 * Files      V<int32>__<word characters>.sql at any depth, U for one that may come late; by number,
 *            which V and U share. The id is the number without zeros in front.
 * Content    the whole file
 * Checksum   SipHash-1-3 with a key of zeros over the name and 0xFF, the number as four bytes,
 *            little-endian, the file and 0xFF; as a decimal number without sign
 * Check      an applied migration without its file, or with another name or content, and a V that
 *            was not applied while a later one was
 * Facts      refinery 0.9.1, refinery_core/src/{util,runner}.rs and traits/mod.rs, read; 0.9.0,
 * run. It writes the row in a transaction of its own, here it is in the migration's. Its build
 * option int8-versions has other checksums. It passes over names such as V2__a-b.sql with a
 * warning; we refuse them. Detection  Flyway's files have the same names, but there U is an undo
 * script: only refinery.toml and migrations in Rust are certain.
 */
#include "base/siphash.h"
#include "formats/registry.h"
#include "formats/version.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION_BYTES = 4, NUMBER_DIGITS_MAX = 10 };

/* The parts of "V001__add_users.sql". */
struct stem {
    bool is_late; /* U */
    struct slice digits;
    struct slice name;
    struct slice extension;
};

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* "V1" or "U1" and whatever follows: its author takes it for a migration. */
static bool begins_like_migration(struct slice name)
{
    return (slice_starts_with(name, "V") || slice_starts_with(name, "U")) &&
           version_digits(slice_sub(name, 1, name.len)).len;
}

static bool read_stem(struct slice name, struct stem *out)
{
    size_t len = 0;

    if (!begins_like_migration(name))
        return false;
    *out = (struct stem){.is_late = name.ptr[0] == 'U',
                         .digits = version_digits(slice_sub(name, 1, name.len))};
    name = slice_sub(name, 1 + out->digits.len, name.len);
    if (!slice_starts_with(name, "__"))
        return false;
    name = slice_sub(name, 2, name.len);
    while (len < name.len && is_word_char(name.ptr[len]))
        len++;
    out->name = slice_sub(name, 0, len);
    out->extension = slice_sub(name, len, name.len);
    return len > 0;
}

static bool read_number(struct slice digits, int64_t *number)
{
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = slice_sub(digits, 1, digits.len);
    if (digits.len > NUMBER_DIGITS_MAX)
        return false;
    *number = strtoll(digits.ptr, NULL, 10);
    return *number <= INT32_MAX;
}

static const char *checksum_of(struct slice name, int64_t number, struct slice source,
                               struct arena *arena)
{
    struct buf bytes = buf_in(arena);

    buf_reserve(&bytes, name.len + source.len + VERSION_BYTES + 2);
    buf_add(&bytes, name);
    buf_add_char(&bytes, (char)0xFF);
    for (int i = 0; i < VERSION_BYTES; i++)
        buf_add_char(&bytes, (char)(number >> (8 * i) & 0xFF));
    buf_add(&bytes, source);
    buf_add_char(&bytes, (char)0xFF);
    return arena_printf(arena, "%llu", (unsigned long long)siphash13(buf_slice(&bytes)));
}

static bool check_name(const struct tree *tree, const struct tree_entry *entry, struct stem *stem,
                       int64_t *number, struct error *err)
{
    struct slice name = tree_entry_name(entry);

    if (!read_stem(name, stem) || !slice_equal_text(stem->extension, ".sql"))
        return file_refuse(tree, entry, err, "would not be run: its name is not refinery's",
                           "refinery's files are named V1__some_words.sql or U1__some_words.sql, "
                           "of letters, digits and _");
    if (!read_number(stem->digits, number))
        return file_refuse(tree, entry, err, "the number is too large",
                           "refinery's numbers go up to 2147483647; its build option int8-versions "
                           "is not supported here: run the program that has the migrations as a "
                           "step ([migrate] command)");
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr, .is_transactional = true};
    struct stem stem = {0};
    struct slice name = tree_entry_name(entry);

    if (!check_name(tree, entry, &stem, &migration.number, err) ||
        !file_read_unmarked(tree, entry, &migration.source, err))
        return false;
    migration.id = arena_printf(arena, "%lld", (long long)migration.number);
    migration.name = arena_text(arena, slice_sub(name, 0, name.len - 4));
    migration.description = arena_text(arena, stem.name);
    migration.up = migration.source;
    migration.is_unordered = stem.is_late;
    migration.checksum = checksum_of(stem.name, migration.number, migration.source, arena);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static bool is_rust(const struct tree_entry *entry)
{
    struct stem stem;

    return read_stem(tree_entry_name(entry), &stem) && slice_equal_text(stem.extension, ".rs");
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        struct slice name = tree_entry_name(entry);

        if (is_rust(entry))
            return file_refuse(tree, entry, err, "is a migration in Rust",
                               "run the program that has it compiled in as a step: "
                               "[migrate] command");
        if (entry->kind != TREE_DIRECTORY && slice_ends_with(name, ".sql") &&
            begins_like_migration(name) && !list_entry(tree, entry, arena, out, err))
            return false;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

/* U5__x.sql undoes V5 for Flyway, and is run, in any order, by refinery: without a V5 it undoes
 * nothing. */
static bool is_lone_u(const struct tree *tree, const struct tree_entry *entry)
{
    struct slice name = tree_entry_name(entry);
    struct stem stem, other;

    if (!slice_starts_with(name, "U") || !read_stem(name, &stem))
        return false;
    for (size_t i = 0; i < tree->count; i++) {
        name = tree_entry_name(&tree->entries[i]);
        if (slice_starts_with(name, "V") && read_stem(name, &other) &&
            version_compare(stem.digits, other.digits) == 0)
            return false;
    }
    return true;
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    enum detection best = DETECT_NO;

    (void)arena;
    *why = "refinery.toml";
    if (tree_find(tree, SLICE("refinery.toml")))
        return DETECT_CERTAIN;
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (best == DETECT_NO && is_lone_u(tree, entry)) {
            best = DETECT_LIKELY;
            *why = entry->path.ptr;
        }
        if (!is_rust(entry))
            continue;
        *why = entry->path.ptr;
        return DETECT_CERTAIN;
    }
    return best;
}

static bool refuse_table(struct error *err, const char *found, const char *hint)
{
    error_set(err, ERR_CONFIG, "the bookkeeping table is not refinery's: %s", found);
    error_hint(err, "%s", hint);
    return false;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 4)
        return refuse_table(err, "it has other columns",
                            "name the right format ([migrate] format) or another table "
                            "([migrate] table)");
    for (size_t i = 0; i < rows->row_count; i++) {
        if (!slice_equal_text(rowset_get(rows, i, 3), "integer"))
            return refuse_table(err, "its version is no integer",
                                "refinery's build option int8-versions has other checksums and is "
                                "not supported here");
        applied_list_add(out, arena,
                         (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)),
                                          .checksum = arena_text(arena, rowset_get(rows, i, 1)),
                                          .applied_at = arena_text(arena, rowset_get(rows, i, 2)),
                                          .duration_ms = -1,
                                          .number = rowset_int(rows, i, 0, 0)});
    }
    return true;
}

/* Both lists are in the order of their numbers. */
static bool check_applied(const struct migration_list *migrations,
                          const struct applied_list *applied_rows, struct error *err)
{
    for (size_t i = 0, file = 0; i < applied_rows->count; i++) {
        const struct applied *row = &applied_rows->items[i];

        while (file < migrations->count && migrations->items[file].number < row->number)
            file++;
        if (file == migrations->count || migrations->items[file].number != row->number) {
            error_set(err, ERR_MIGRATION, "version %s is applied, but has no file", row->id);
            error_hint(err, "put the file back; refinery refuses to go on as well");
            return false;
        }
        if (strcmp(migrations->items[file].checksum, row->checksum) != 0) {
            error_set(err, ERR_MIGRATION, "%s was changed after it was applied",
                      migrations->items[file].path);
            error_hint(err, "put back the file, name and content, as it was applied, and make the "
                            "change a new migration; refinery refuses to go on as well");
            return false;
        }
    }
    return true;
}

static bool check_order(const struct migration_list *migrations,
                        const struct applied_list *applied_rows, struct error *err)
{
    const struct applied *rows = applied_rows->items;
    size_t row = 0;

    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        while (row < applied_rows->count && rows[row].number < migration->number)
            row++;
        if (row == applied_rows->count)
            return true;
        if (rows[row].number == migration->number || migration->name[0] == 'U')
            continue;
        error_set(err, ERR_MIGRATION, "%s was not applied, but the later version %s was",
                  migration->path, rows[row].id);
        error_hint(err, "give it a later number, or name it U%s__%s.sql if it may come late",
                   migration->id, migration->description);
        return false;
    }
    return true;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied_rows,
                  struct error *err)
{
    return check_applied(migrations, applied_rows, err) &&
           (migration_list_takes_late(migrations) || check_order(migrations, applied_rows, err));
}

const struct format format_refinery = {
    .name = "refinery",
    .default_table = "refinery_schema_history",
    .detect = detect,
    .list = list,
    .history_query = "SELECT version, checksum, applied_on, pg_catalog.pg_typeof(version) "
                     "FROM {table} ORDER BY version",
    .history_table = "CREATE TABLE {table} (version int4 PRIMARY KEY, name varchar(255), "
                     "applied_on varchar(255), checksum varchar(255))",
    .history_insert = "INSERT INTO {table} (version, name, applied_on, checksum) "
                      "VALUES ({number}, {description}, "
                      "pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', "
                      "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), {checksum})",
    .applied = applied,
    .check = check,
    .id_column = "version",
};
