/*
 * formats/flyway - Flyway's folder and its flyway_schema_history
 *
 * Files      V<version>__<description>.sql once, in order of the version; R__<description>.sql
 *            after them, whenever changed; B<version>__... in place of all up to it in an empty
 *            database; in sub-folders as well. What runs along with them: flyway_callback.h. Java
 *            and script migrations are refused by name. So is a name that Flyway passes over though
 *            it looks like a migration's.
 * Content    the whole file, without a byte order mark; <file>.conf beside it may turn its
 *            transaction off. A file with statements of Flyway's list (CREATE INDEX CONCURRENTLY,
 *            VACUUM, ...) runs without one by itself. Placeholders: flyway_placeholder.h.
 * Checksum   CRC-32 of the text without byte order mark and line ends, as a signed number; of a
 *            repeatable migration with the values in it, or without
 * Order      validation comes first, as validateOnMigrate has it: no failed row, each applied file
 *            unchanged and here, none left out below the highest that was applied
 * Down       U<version>__<description>.sql, of the newest row of a versioned migration that is not
 *            undone yet; repeatable ones are passed over, callbacks of undo refused. It adds a row
 *            of type UNDO_SQL: version, description, script, checksum are those of the undo script.
 * Facts      Flyway 10.22.0, run (flyway-core with its PostgreSQL module), and 13.0.0, read:
 *            MigrationInfoImpl, MigrationInfoServiceImpl, ResourceNameParser, SqlScriptMetadata,
 *            PostgreSQLParser, PostgreSQLSchema, DbBaseline. Settings are the defaults: no group,
 *            mixed, target; outOfOrder and baselineOnMigrate are [migrate] settings. COPY ... FROM
 *            STDIN takes its data from the file.
 *            Undo is in no edition that could be run: its rows are those of a public dry run of
 *            2021 (three checksums of it fit), its order is the vendor's manual's. What it writes
 *            when an undo script without a transaction fails is not known: a row without success,
 *            as of a migration, is written here, and refused until it is repaired.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/flyway_callback.h"
#include "formats/flyway_check.h"
#include "formats/flyway_name.h"
#include "formats/flyway_resolve.h"
#include "formats/flyway_script.h"
#include "formats/flyway_table.h"
#include "formats/registry.h"

static bool check_runnable(const struct tree *tree, const struct tree_entry *entry,
                           const struct flyway_name *name, struct error *err)
{
    static const char run_flyway[] =
        "run Flyway itself as a step: [migrate] command = flyway migrate";

    if (name->kind == FLYWAY_UNDO_CALLBACK)
        return file_refuse(tree, entry, err, "is a callback of undo, and those are not supported",
                           "undo with Flyway itself: flyway undo");
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
        .is_repeatable = name->kind == FLYWAY_REPEATABLE,
    };

    if (!tree_entry_text(tree, entry, &migration.source, err) ||
        !flyway_script_read(tree, &migration, arena, out, err))
        return false;
    if (name->kind == FLYWAY_REPEATABLE)
        flyway_script_repeats(&migration, arena);
    migration_list_add(out, arena, migration);
    return true;
}

/* Versions first; a baseline before the migration of its own version. */
static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;
    bool left_repeats = left->is_repeatable, right_repeats = right->is_repeatable;
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
            name.kind == FLYWAY_UNDO || name.kind == FLYWAY_UNDO_CALLBACK)
            continue;
        if (name.kind == FLYWAY_CALLBACK) {
            if (!flyway_callback_add(tree, entry, &name, arena, out, err))
                return false;
            continue;
        }
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
    return migration_list_check_unique(out, tree, arena, err) &&
           flyway_callbacks_finish(tree, out, err);
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

static bool find_undo(const struct tree *tree, const char *id, struct arena *arena,
                      const struct tree_entry **out, struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        struct flyway_name name = flyway_name_parse(tree_entry_name(entry), arena);

        if (entry->kind == TREE_DIRECTORY)
            continue;
        if (name.kind == FLYWAY_UNDO_CALLBACK)
            return check_runnable(tree, entry, &name, err);
        if (name.kind != FLYWAY_UNDO || strcmp(name.id, id) != 0)
            continue;
        if (*out)
            return file_refuse(tree, entry, err, "is a second undo script of its version",
                               "Flyway refuses this as well: keep one");
        if (!check_runnable(tree, entry, &name, err))
            return false;
        *out = entry;
    }
    return true;
}

static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    struct migration_list list = {.options = options};
    const struct tree_entry *entry;

    if (!find_undo(tree, migration->id, arena, &entry, err) ||
        !down_take_file(tree, entry, "U<version>__<description>.sql", migration, err))
        return false;
    migration->description = flyway_name_parse(tree_entry_name(entry), arena).description;
    return flyway_script_read(tree, migration, arena, &list, err);
}

const struct format format_flyway = {
    .name = "flyway",
    .features = FORMAT_UNDOES_BY_ROW | FORMAT_TAKES_ANY_BASELINE | FORMAT_TAKES_SEVERAL_FOLDERS,
    .default_table = "flyway_schema_history",
    .no_transaction_mark = "executeInTransaction=false in its .sql.conf",
    .detect = detect,
    .list = list,
    .read_history = flyway_read_history,
    .applied = flyway_applied,
    .create_history = flyway_create_history,
    .emptiness_check = flyway_emptiness_check,
    .create_baselined = flyway_create_baselined,
    .record = flyway_record,
    .pending = flyway_pending,
    .check = flyway_check,
    .compare_ids = flyway_compare_ids,
    .lock_keys = flyway_lock_keys,
    .down = down,
    .record_down = flyway_record,
    .check_down = flyway_check_down,
    .resolve = flyway_resolve,
    .baseline = flyway_baseline,
};
