/*
 * formats/sqlx - sqlx's folder, plain and reversible, and its _sqlx_migrations
 *
 * Files      <version>_<description>.sql, .up.sql or .down.sql at the top, by version, which is a
 *            signed 64-bit number ("-5", "+7", leading zeros). A name without '_' or not ending in
 *            ".sql" is passed over; one with both whose version is no number is an error for the
 *            whole folder.
 * Content    the whole file. One that is no UTF-8, also a down file, is an error for the whole
 *            folder. "-- no-transaction" counts only as the very first bytes: a comment or a byte
 *            order mark before it undoes it.
 * Down       the whole down file, with a "-- no-transaction" of its own; the row is deleted. The
 *            highest version is the last one. Where that has no down file, sqlx undoes the highest
 *            one that has, and leaves what is above it; here it is refused.
 * Checksum   SHA-384 of the file's exact bytes, compared as hex here
 * Refused    as the tool does: a row without success, an applied file that is missing or changed.
 *            Beyond it: two files of one version, of which the tool applies one and then calls it
 *            changed for ever; ignored-chars in a sqlx.toml beside the files, because it changes
 *            what the checksums are of. An older file that is added later is applied.
 * Lock       CRC-32 of the database's name, times a constant. The library takes it, the command
 *            line takes none. The library waits inside pg_advisory_lock(): with a snapshot, so that
 *            it, or the holder's CREATE INDEX CONCURRENTLY, ends with 40P01, whoever holds it.
 * Facts      sqlx 0.8.6 and 90 commits: sqlx-core/src/migrate/{source,migration_type,migrator}.rs,
 *            sqlx-postgres/src/migrate.rs, sqlx-cli/src/migrate.rs (revert), read; sqlx 0.8.3's
 *            Migrator, run beside this (tests/conformance/test_sqlx.py)
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "formats/bookkeeping.h"
#include "formats/registry.h"
#include "formats/resolve.h"

static const char mark[] = "-- no-transaction";

/* "20240101_add_users.up.sql": what is before the first '_' and after it. */
struct name {
    struct slice version;
    struct slice rest;
    const char *suffix;
};

static bool parse_name(const struct tree_entry *entry, struct name *out)
{
    struct slice name = entry->path;
    size_t underscore = slice_find(name, '_');

    if (!tree_entry_is_top_sql(entry) || underscore == name.len)
        return false;
    out->version = slice_sub(name, 0, underscore);
    out->rest = slice_sub(name, underscore + 1, name.len);
    out->suffix = slice_ends_with(out->rest, ".up.sql")     ? ".up.sql"
                  : slice_ends_with(out->rest, ".down.sql") ? ".down.sql"
                                                            : ".sql";
    return true;
}

static bool is_down(const struct name *name)
{
    return strcmp(name->suffix, ".down.sql") == 0;
}

/* A suffix that stands there twice goes twice, as the tool cuts it. */
static const char *description_of(const struct name *name, struct arena *arena)
{
    struct slice rest = name->rest;
    char *text;

    while (slice_ends_with(rest, name->suffix))
        rest = slice_sub(rest, 0, rest.len - strlen(name->suffix));
    text = arena_text(arena, rest);
    for (char *c = text; *c; c++)
        *c = (char)(*c == '_' ? ' ' : *c);
    return text;
}

/* strtoll() also takes blanks before the sign, Rust does not. */
static bool parse_version(struct slice text, int64_t *out)
{
    char *end;
    char copy[32];
    size_t sign = slice_starts_with(text, "-") || slice_starts_with(text, "+");
    struct slice digits = slice_sub(text, sign, text.len);

    if (!digits.len || digits.ptr[0] < '0' || digits.ptr[0] > '9')
        return false;
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = slice_sub(digits, 1, digits.len);
    if (digits.len > 20)
        return false;
    copy[0] = (char)(sign ? text.ptr[0] : '+');
    memcpy(copy + 1, digits.ptr, digits.len);
    copy[1 + digits.len] = '\0';
    errno = 0;
    *out = strtoll(copy, &end, 10);
    return !errno && !*end;
}

static bool read_version(const struct tree *tree, const struct tree_entry *entry,
                         const struct name *name, int64_t *version, struct error *err)
{
    if (parse_version(name->version, version))
        return true;
    error_set(err, ERR_CONFIG, "what is before the first '_' is no 64-bit number");
    error_hint(err, "sqlx refuses the whole folder for it: rename the file, or move it elsewhere");
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

/* The tool reads all of them at once, those that take back as well. */
static bool read_text(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                      struct error *err)
{
    return tree_entry_text(tree, entry, text, err) &&
           file_check_utf8(tree, entry->path.ptr, *text,
                           "sqlx refuses the whole folder for it: save the file as UTF-8", err);
}

static const char *checksum_of(struct slice source, struct arena *arena)
{
    char hex[DIGEST_SHA384_HEX + 1];

    digest_sha384_hex(source, hex);
    return arena_text(arena, slice_from(hex));
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr};
    struct name name;

    if (!parse_name(entry, &name))
        return true;
    if (!read_version(tree, entry, &name, &migration.number, err) ||
        !read_text(tree, entry, &migration.source, err))
        return false;
    if (is_down(&name))
        return true;
    migration.id = arena_printf(arena, "%" PRId64, migration.number);
    migration.name =
        arena_text(arena, slice_sub(entry->path, 0, entry->path.len - strlen(name.suffix)));
    migration.description = description_of(&name, arena);
    migration.up = migration.source;
    migration.checksum = checksum_of(migration.source, arena);
    migration.is_transactional = !slice_starts_with(migration.source, mark);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->path, right->path);
}

static bool check_settings(const struct tree *tree, struct error *err)
{
    const struct tree_entry *settings = tree_find(tree, SLICE("sqlx.toml"));
    struct slice text, line;

    if (!settings)
        return true;
    if (!tree_entry_text(tree, settings, &text, err))
        return false;
    while (slice_next_line(&text, &line)) {
        if (!slice_starts_with(slice_trim(line), "ignored-chars"))
            continue;
        error_set(err, ERR_CONFIG, "ignored-chars is not supported: it changes every checksum");
        error_hint(err, "run sqlx itself as a step: [migrate] command = sqlx migrate run");
        return error_wrap(err, "%s/sqlx.toml", tree->root);
    }
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    if (!check_settings(tree, err))
        return false;
    for (size_t i = 0; i < tree->count; i++)
        if (!list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

static const char *mark_of_folder(const struct tree *tree)
{
    if (tree_find(tree, SLICE("sqlx.toml")))
        return "sqlx.toml";
    return tree_find(tree, SLICE("Cargo.toml")) ? "Cargo.toml" : NULL;
}

/*
 * The simple names are those of many tools, and claim nothing. The reversible ones are
 * golang-migrate's as well.
 */
static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    const char *beside = mark_of_folder(tree);
    enum detection sureness = DETECT_NO;
    struct name name;
    int64_t version;

    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        bool is_marked = entry->kind == TREE_FILE && slice_starts_with(entry->bytes, mark);

        if (!parse_name(entry, &name) || !parse_version(name.version, &version) ||
            tree_entry_is_plain_down(tree, entry, arena))
            continue;
        if (beside || is_marked) {
            *why = beside ? arena_printf(arena, "%s and a %s", entry->path.ptr, beside)
                          : arena_printf(arena, "%s begins with %s", entry->path.ptr, mark);
            return DETECT_CERTAIN;
        }
        if (sureness == DETECT_NO && strcmp(name.suffix, ".sql") != 0) {
            *why = arena_printf(arena, "a name like %s", entry->path.ptr);
            sureness = DETECT_POSSIBLE;
        }
    }
    return sureness;
}

enum column { VERSION, CHECKSUM, INSTALLED_ON, EXECUTION_TIME_NS, SUCCESS, COLUMN_COUNT };

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != COLUMN_COUNT)
        return history_refuse(err, "sqlx", "it has other columns");
    for (size_t i = 0; i < rows->row_count; i++) {
        long long time_ns = rowset_int(rows, i, EXECUTION_TIME_NS, -1);

        applied_list_add(
            out, arena,
            (struct applied){.id = arena_text(arena, rowset_get(rows, i, VERSION)),
                             .checksum = arena_text(arena, rowset_get(rows, i, CHECKSUM)),
                             .applied_at = arena_text(arena, rowset_get(rows, i, INSTALLED_ON)),
                             .duration_ms = time_ns < 0 ? -1 : time_ns / 1000000,
                             .number = rowset_int(rows, i, VERSION, 0),
                             .is_failed = !rowset_bool(rows, i, SUCCESS)});
    }
    return true;
}

static const struct migration *find_migration(const struct migration_list *migrations,
                                              int64_t version)
{
    const struct migration key = {.number = version, .path = ""};
    size_t from = 0, to = migrations->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (compare_migrations(&migrations->items[middle], &key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < migrations->count && migrations->items[from].number == version
               ? &migrations->items[from]
               : NULL;
}

static bool refuse_missing(const struct applied *row, struct error *err)
{
    error_set(err, ERR_MIGRATION, "version %s is applied, and has no file here", row->id);
    error_hint(err, "sqlx refuses this as well: start the image that has the file, or run "
                    "`sqlx migrate run --ignore-missing`");
    return false;
}

static bool check_row(const struct migration_list *migrations, const struct applied *row,
                      struct error *err)
{
    const struct migration *migration = find_migration(migrations, row->number);

    if (!migration)
        return refuse_missing(row, err);
    if (strcmp(migration->checksum, row->checksum) == 0)
        return true;
    error_set(err, ERR_MIGRATION, "%s was changed after it was applied", migration->path);
    error_hint(err, "sqlx refuses this as well: put the file back as it was (CRLF for LF is a "
                    "change, too), and make the change a new migration");
    return false;
}

/* Whether a file was changed does not matter to `sqlx migrate revert`. */
static bool check_down(const struct migration_list *migrations, const struct applied_list *applied,
                       struct error *err)
{
    for (size_t i = 0; i < applied->count; i++) {
        if (!applied->items[i].is_failed)
            continue;
        error_set(err, ERR_MIGRATION, "version %s is partially applied", applied->items[i].id);
        resolve_hint(err, "look what it left behind, and undo it or finish it by hand",
                     applied->items[i].id,
                     find_migration(migrations, applied->items[i].number) != NULL);
        return false;
    }
    for (size_t i = 0; i < applied->count; i++)
        if (!find_migration(migrations, applied->items[i].number))
            return refuse_missing(&applied->items[i], err);
    return true;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err)
{
    if (!check_down(migrations, applied, err))
        return false;
    for (size_t i = 0; i < applied->count; i++)
        if (!check_row(migrations, &applied->items[i], err))
            return false;
    return true;
}

#define INSERT                                                                                     \
    "INSERT INTO {table} (version, description, success, checksum, execution_time) VALUES "        \
    "({number}, {description}, true, pg_catalog.decode({checksum}, 'hex'), {duration_ns})"

static struct slice record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    /* Of a partially applied one there is a row. */
    static const char over_row[] = INSERT " ON CONFLICT (version) DO UPDATE SET success = true, "
                                          "checksum = excluded.checksum";

    if (!record_is_of_success(request))
        return SLICE("");
    return bookkeeping_fill(request->phase == RECORD_RESOLVED ? over_row : INSERT, table, migration,
                            request->duration_ms, arena);
}

/* The one .down.sql of this version; *is_twice: there are several. */
static const struct tree_entry *find_down(const struct tree *tree, int64_t number, bool *is_twice)
{
    const struct tree_entry *found = NULL;
    struct name name;
    int64_t version;

    *is_twice = false;
    for (size_t i = 0; i < tree->count; i++) {
        if (!parse_name(&tree->entries[i], &name) || !is_down(&name) ||
            !parse_version(name.version, &version) || version != number)
            continue;
        *is_twice = found != NULL;
        found = &tree->entries[i];
    }
    return found;
}

static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    bool is_twice;
    const struct tree_entry *entry = find_down(tree, migration->number, &is_twice);

    (void)options, (void)arena;
    if (is_twice)
        return file_refuse(tree, entry, err, "is a second down script of its version",
                           "which of them sqlx runs is not certain: keep one");
    if (!down_take_file(tree, entry, "<version>_<name>.down.sql", migration, err))
        return false;
    migration->is_transactional = !slice_starts_with(migration->source, mark);
    return true;
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    keys[0] = (int64_t)digest_crc32(slice_from(place->database), 0) * 0x3d32ad9e;
    return 1;
}

const struct format format_sqlx = {
    .name = "sqlx",
    .default_table = "_sqlx_migrations",
    .no_transaction_mark = "-- no-transaction",
    .detect = detect,
    .list = list,
    .history_query = "SELECT version, pg_catalog.encode(checksum, 'hex'), installed_on, "
                     "execution_time, success FROM {table} ORDER BY version",
    .history_table = "CREATE TABLE {table} (version bigint PRIMARY KEY, "
                     "description text NOT NULL, "
                     "installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, "
                     "checksum bytea NOT NULL, execution_time bigint NOT NULL)",
    .applied = applied,
    .record = record,
    .check = check,
    .lock_keys = lock_keys,
    .down = down,
    .check_down = check_down,
    .id_column = "version",
};
