/*
 * formats/plain - our own: numbered .sql files without any marker
 *
 * Files      *.sql at the top, by their leading number, equal numbers by name; then those without
 *            a number, in byte order. The id is the name without ".sql".
 * Content    the whole file; "-- migrinit: no-transaction" as its first line for statements that
 *            cannot run in a transaction, and among the comments below it "-- migrinit:
 *            drop-invalid" (migrate/aftermath). A UTF-8 byte order mark is not sent: the server would
 *            answer 42601. Line ends stay as they are.
 * Down       <id>.down.sql beside the file, under the same rules; without its migration it is an
 *            error. The row is deleted; the newest row is the last one.
 * Checksum   SHA-256 of the file's exact bytes, so that sha256sum(1) gives what the table has
 */
#include "base/digest.h"
#include "base/text.h"
#include "formats/bookkeeping.h"
#include "formats/directive.h"
#include "formats/foreign.h"
#include "formats/plain_record.h"
#include "formats/registry.h"
#include "formats/resolve.h"
#include "sql/split.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool refuse_directive(unsigned line_number, struct error *err, const char *what)
{
    error_set(err, ERR_CONFIG, "%s (line %u)", what, line_number);
    error_hint(err, "the directives are \"-- migrinit: no-transaction\", on the first line, and "
                    "\"-- migrinit: drop-invalid\" below it; and \"-- migrinit: allow-destructive "
                    "[KIND...]\"");
    return false;
}

/* "allow-destructive drop-table": migrate/guard's affair, on any of the lines. */
static bool is_permission(struct slice directive)
{
    struct slice word = {0};

    return slice_next_word(&directive, &word) && slice_equal_text(word, "allow-destructive");
}

/*
 * The comments above the first statement are searched to their end: a directive that is not on the
 * first line would be passed over in silence, and the migration would fail in its transaction.
 */
static bool read_directive(struct slice up, bool *is_transactional, struct error *err)
{
    struct slice line, rest;

    *is_transactional = true;
    for (unsigned line_number = 1; slice_next_line(&up, &line); line_number++) {
        struct slice text = slice_trim(line);

        if (text.len && !slice_starts_with(text, "--"))
            break;
        if (!directive_match_own(text, &rest) || is_permission(rest))
            continue;
        if (!*is_transactional && slice_equal_text(rest, "drop-invalid"))
            continue; /* read where it counts: migrate/aftermath */
        if (line_number > 1)
            return refuse_directive(line_number, err, "a directive below the first line");
        if (!slice_equal_text(rest, "no-transaction"))
            return refuse_directive(line_number, err, "an unknown directive");
        *is_transactional = false;
    }
    return true;
}

static bool refuse_file(const struct tree *tree, const struct tree_entry *entry, struct error *err,
                        const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

static bool ends_with_any_case(struct slice name, const char *suffix)
{
    size_t len = strlen(suffix);

    return name.len >= len && strncasecmp(name.ptr + name.len - len, suffix, len) == 0;
}

/* A file that its author takes for a migration and that would not be run, or run wrongly. */
static bool check_name(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    if (ends_with_any_case(entry->path, ".down.sql"))
        return refuse_file(
            tree, entry, err, "is a down script without a migration",
            "plain looks for one of the same name that ends in .sql; if the folder is "
            "golang-migrate's or sqlx's, see [migrate] format");
    if (!slice_ends_with(entry->path, ".sql"))
        return refuse_file(tree, entry, err, "would not be run: only *.sql is, in small letters",
                           "rename it to end in .sql");
    return true;
}

static const char *checksum_of(struct slice source, struct arena *arena)
{
    char hex[DIGEST_SHA256_HEX + 1];

    digest_sha256_hex(source, hex);
    return arena_text(arena, slice_from(hex));
}

/* word: in small letters */
static bool contains_any_case(struct slice text, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= text.len; i++)
        if ((text.ptr[i] | ' ') == word[0] && strncasecmp(text.ptr + i, word, len) == 0)
            return true;
    return false;
}

/* What is rolled back by the file itself would be recorded all the same. */
static bool check_rollback(const struct tree *tree, const struct migration *migration,
                           struct arena *arena, struct error *err)
{
    struct sql_statements statements = {0};

    if (!contains_any_case(migration->up, "rollback") && !contains_any_case(migration->up, "abort"))
        return true;
    if (!sql_split_part(migration->source, migration->up, arena, &statements, err))
        return false;
    for (size_t i = 0; i < statements.count; i++) {
        const struct sql_statement *statement = &statements.items[i];
        struct sql_position at = sql_position_at(migration->source, statement->offset);

        if (!sql_rolls_back(statement->text))
            continue;
        error_set(err, ERR_CONFIG,
                  "rolls back a part of itself, and would be recorded all the same");
        error_hint(err, "a migration that fails is rolled back by itself: leave ROLLBACK out");
        sql_excerpt(migration->source, statement->offset, err);
        return error_wrap(err, "%s/%s:%u:%u", tree->root, migration->path, at.line, at.column);
    }
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice source;
    struct migration migration = {.path = entry->path.ptr};

    if (!check_name(tree, entry, err) || !tree_entry_text(tree, entry, &source, err))
        return false;
    if (!source.len)
        return refuse_file(tree, entry, err, "is empty",
                           "delete it, or put a comment in it if nothing is to be done");
    migration.id = arena_text(arena, slice_sub(entry->path, 0, entry->path.len - 4));
    migration.name = migration.id;
    migration.source = source;
    migration.up = text_without_mark(source);
    migration.checksum = checksum_of(source, arena);
    if (!read_directive(migration.up, &migration.is_transactional, err))
        return error_wrap(err, "%s/%s", tree->root, migration.path);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err) &&
           check_rollback(tree, &migration, arena, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return migration_order(slice_from(left->id), slice_from(right->id));
}

static bool is_candidate(const struct tree_entry *entry)
{
    return tree_entry_is_top(entry) && ends_with_any_case(entry->path, ".sql");
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++)
        if (is_candidate(&tree->entries[i]) &&
            !tree_entry_is_plain_down(tree, &tree->entries[i], arena) &&
            !list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    struct foreign_sign sign;

    for (size_t i = 0; i < tree->count; i++) {
        if (!is_candidate(&tree->entries[i]))
            continue;
        if (foreign_find(tree, arena, &sign))
            return DETECT_NO;
        *why = "*.sql files without any tool's marks";
        return DETECT_POSSIBLE;
    }
    return DETECT_NO;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 4)
        return history_refuse(err, "plain", "it has other columns");
    for (size_t i = 0; i < rows->row_count; i++) {
        struct slice applied_at = rowset_get(rows, i, 2);
        bool is_begun = slice_equal_text(applied_at, PLAIN_NOT_YET);

        applied_list_add(
            out, arena,
            (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)),
                             .checksum = cell_text(rowset_get(rows, i, 1), arena),
                             .applied_at = is_begun ? NULL : cell_text(applied_at, arena),
                             .duration_ms = rowset_int(rows, i, 3, -1),
                             .is_failed = is_begun});
    }
    return true;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied_list,
                  struct error *err)
{
    for (size_t i = 0; i < applied_list->count; i++) {
        const struct applied *row = &applied_list->items[i];

        if (!row->is_failed)
            continue;
        error_set(err, ERR_MIGRATION, "%s was begun without a transaction, and did not end",
                  row->id);
        resolve_hint(err, "look what it left behind, and undo it or finish it by hand", row->id,
                     migration_list_find(migrations, row->id) != NULL);
        return false;
    }
    return true;
}

static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    const char *path = arena_printf(arena, "%s.down.sql", migration->id);
    const struct tree_entry *entry = tree_find(tree, slice_from(path));

    (void)options;
    if (!down_take_file(tree, entry, path, migration, err))
        return false;
    if (!migration->source.len)
        return refuse_file(tree, entry, err, "is empty",
                           "put a comment in it if nothing is to be done");
    migration->up = text_without_mark(migration->source);
    if (!read_directive(migration->up, &migration->is_transactional, err))
        return error_wrap(err, "%s/%s", tree->root, migration->path);
    return migration_check_sql(tree, migration, err) && check_rollback(tree, migration, arena, err);
}

const struct format format_plain = {
    .name = "plain",
    .features = FORMAT_UNDOES_BY_ROW | FORMAT_IS_LAST_RESORT,
    .default_table = "migrinit.migrations",
    .no_transaction_mark = "-- migrinit: no-transaction",
    .detect = detect,
    .list = list,
    .history_query = "SELECT id, checksum, applied_at, duration_ms FROM {table} "
                     "ORDER BY applied_at, id",
    .history_table = "CREATE TABLE {table} (id text PRIMARY KEY, checksum text NOT NULL, "
                     "applied_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, "
                     "applied_by text)",
    .applied = applied,
    .check = check,
    .record = plain_record,
    .down = down,
    .check_down = check,
    .id_column = "id",
};
