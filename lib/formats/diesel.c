/*
 * formats/diesel - diesel's folders with up.sql, and its __diesel_schema_migrations
 *
 * Files      <folder>/up.sql; the version is the folder's name up to its first '_', without '-',
 *            and is compared as text (10 before 9). Files at the top are passed over, empty folders
 *            too; any other folder without up.sql is an error for all.
 * Content    the whole file. metadata.toml beside it may say run_in_transaction = false; a
 *            metadata.toml that does not name this key means false as well.
 * Down       down.sql, whole, under the same metadata.toml and the same rules; the row is deleted.
 *            The highest version is the last one.
 * Refused    as the tool does: an empty file, and one without any statement. Beyond it: two folders
 *            of one version, of which the tool applies any one; a version that the column cannot
 *            hold; a metadata.toml that cannot be understood, which the tool takes for true.
 * Not here   rows without folders, changed files and order are never looked at. There is no lock.
 * Facts      diesel 2.3.12 and master: diesel_migrations/src/file_based_migrations.rs and
 *            migration_harness.rs, migrations_internals/src/lib.rs, read; diesel_migrations 2.2.0,
 *            run. It sets the session's time zone to UTC, so that run_on is UTC.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/registry.h"
#include "formats/version.h"
#include "sql/split.h"

enum { VERSION_CHARACTERS_MAX = 50 };

static const char *version_of(struct slice folder, struct arena *arena)
{
    struct slice text = slice_sub(folder, 0, slice_find(folder, '_'));
    struct buf version = buf_in(arena);

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '-')
            buf_add_char(&version, text.ptr[i]);
    return buf_text(&version);
}

static struct slice folder_of(const struct tree_entry *entry)
{
    return slice_sub(entry->path, 0, slice_find(entry->path, '/'));
}

static bool is_up_file(const struct tree_entry *entry)
{
    struct slice folder = folder_of(entry);

    return slice_equal_text(slice_sub(entry->path, folder.len, entry->path.len), "/up.sql");
}

static bool refuse_metadata(struct slice line, struct error *err)
{
    char printable[64];

    text_sanitize(line, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "cannot be understood: \"%s\"", printable);
    error_hint(err, "write run_in_transaction = true or run_in_transaction = false on a line of "
                    "its own, and other keys on one line each");
    return false;
}

static struct slice without_quotes(struct slice key)
{
    bool is_quoted = key.len > 1 && (key.ptr[0] == '"' || key.ptr[0] == '\'');

    return is_quoted ? slice_sub(key, 1, key.len - 1) : key;
}

/* A value that goes on in the next line would make that one be read as a key. */
static bool is_open_value(struct slice value)
{
    return slice_starts_with(value, "\"\"\"") || slice_starts_with(value, "'''") ||
           slice_starts_with(value, "[") || slice_starts_with(value, "{");
}

static bool take_value(struct slice line, bool is_top, bool *is_transactional, struct error *err)
{
    size_t equals = slice_find(line, '=');
    struct slice key = without_quotes(slice_trim(slice_sub(line, 0, equals)));
    struct slice value = slice_trim(slice_sub(line, equals + 1, line.len));
    struct slice word = slice_trim(slice_sub(value, 0, slice_find(value, '#')));

    if (equals == line.len || !value.len)
        return refuse_metadata(line, err);
    if (is_top && slice_equal_text(key, "run_in_transaction")) {
        *is_transactional = slice_equal_text(word, "true");
        return *is_transactional || slice_equal_text(word, "false") || refuse_metadata(line, err);
    }
    return !is_open_value(value) || refuse_metadata(line, err);
}

static bool read_metadata(struct slice text, bool *is_transactional, struct error *err)
{
    bool is_top = true;
    struct slice line;

    *is_transactional = false;
    while (slice_next_line(&text, &line)) {
        line = slice_trim(line);
        if (!line.len || slice_starts_with(line, "#"))
            continue;
        if (slice_starts_with(line, "["))
            is_top = false;
        else if (!take_value(line, is_top, is_transactional, err))
            return false;
    }
    return true;
}

static bool find_metadata(const struct tree *tree, struct slice folder, struct arena *arena,
                          bool *is_transactional, struct error *err)
{
    const char *path = arena_printf(arena, "%.*s/metadata.toml", SLICE_ARG(folder));
    const struct tree_entry *entry = tree_find(tree, slice_from(path));
    struct slice text;

    *is_transactional = true;
    if (!entry)
        return true;
    if (!tree_entry_text(tree, entry, &text, err))
        return false;
    return read_metadata(text, is_transactional, err) || error_wrap(err, "%s/%s", tree->root, path);
}

static bool check_version(const struct tree *tree, const struct migration *migration,
                          struct error *err)
{
    if (text_character_count(slice_from(migration->id)) <= VERSION_CHARACTERS_MAX)
        return true;
    error_set(err, ERR_CONFIG, "the version is longer than the %d characters that diesel keeps",
              VERSION_CHARACTERS_MAX);
    error_hint(err, "the version is the folder's name up to its first '_'");
    return error_wrap(err, "%s/%s", tree->root, migration->name);
}

static bool check_has_statement(const struct tree *tree, const struct migration *migration,
                                struct arena *arena, struct error *err)
{
    struct sql_statements statements = {0};

    if (!sql_split(migration->source, arena, &statements, err))
        return false;
    if (statements.count)
        return true;
    error_set(err, ERR_CONFIG, "has no statement");
    error_hint(err, "diesel refuses this as well: SELECT 1; does nothing");
    return error_wrap(err, "%s/%s", tree->root, migration->path);
}

static bool list_up_file(const struct tree *tree, const struct tree_entry *entry,
                         struct arena *arena, struct migration_list *out, struct error *err)
{
    struct slice folder = folder_of(entry);
    struct migration migration = {.id = version_of(folder, arena),
                                  .name = arena_text(arena, folder),
                                  .path = entry->path.ptr};

    if (!tree_entry_text(tree, entry, &migration.source, err) ||
        !find_metadata(tree, folder, arena, &migration.is_transactional, err) ||
        !check_version(tree, &migration, err))
        return false;
    migration.up = migration.source;
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err) &&
           check_has_statement(tree, &migration, arena, err);
}

static bool refuse_folder(const struct tree *tree, struct slice folder, struct error *err)
{
    error_set(err, ERR_CONFIG, "has no up.sql");
    error_hint(err, "diesel refuses the whole folder for it: move what is no migration elsewhere");
    return error_wrap(err, "%s/%.*s", tree->root, SLICE_ARG(folder));
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice folder = folder_of(entry);
    const char *up = arena_printf(arena, "%.*s/up.sql", SLICE_ARG(folder));

    if (is_up_file(entry))
        return list_up_file(tree, entry, arena, out, err);
    if (tree_entry_is_top(entry) || tree_find(tree, slice_from(up)))
        return true;
    return refuse_folder(tree, folder, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;
    int order = strcmp(left->id, right->id);

    return order ? order : strcmp(left->path, right->path);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++)
        if (!list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

/*
 * Hasura has the same folders, named by a time in milliseconds, and other bookkeeping. SQL files at
 * the top are some other tool's: diesel would pass over them.
 */
static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    enum detection sureness = DETECT_NO;

    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (tree_entry_is_top_sql(entry) ||
            (is_up_file(entry) && version_is_milliseconds(entry->path)))
            return DETECT_NO;
        if (sureness == DETECT_NO && is_up_file(entry)) {
            *why = arena_printf(arena, "a folder with %s", entry->path.ptr);
            sureness = DETECT_CERTAIN;
        }
    }
    return sureness;
}

static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    const char *path = arena_printf(arena, "%s/down.sql", migration->name);

    (void)options;
    return down_take_file(tree, tree_find(tree, slice_from(path)), "down.sql beside its up.sql",
                          migration, err) &&
           migration_check_sql(tree, migration, err) &&
           check_has_statement(tree, migration, arena, err);
}

const struct format format_diesel = {
    .name = "diesel",
    .default_table = "__diesel_schema_migrations",
    .no_transaction_mark = "run_in_transaction = false in metadata.toml beside it",
    .detect = detect,
    .list = list,
    .history_query = "SELECT version, run_on FROM {table} ORDER BY version",
    .history_cells = "id, applied_at",
    .history_table = "CREATE TABLE {table} (version varchar(50) PRIMARY KEY NOT NULL, "
                     "run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    .history_insert = "INSERT INTO {table} (version, run_on) "
                      "VALUES ({id}, pg_catalog.now() AT TIME ZONE 'UTC')",
    .down = down,
    .compare_ids = strcmp,
    .id_column = "version",
};
