/*
 * formats/drizzle - Drizzle's folder with a journal, and its __drizzle_migrations
 *
 * Files      meta/_journal.json: its entries, in the order of the array, are the migrations;
 *            <tag>.sql beside meta/ is the SQL of one. The id is the entry's "when". What else lies
 *            there (snapshots, files without an entry) is not looked at. Drizzle 1.0 has folders in
 *            place of the journal: drizzle_folders.c.
 * Content    the whole file, cut at "--> statement-breakpoint" wherever it stands: drizzle_file.c
 * Hash       SHA-256 of the file's exact bytes, recorded, never compared by Drizzle
 * Facts      drizzle-orm 0.45.4 with drizzle-kit 0.31.11, read (migrator.js, pg-core/dialect.js)
 *            and run. Drizzle compares each "when" with the newest row only: what is older or of
 *            the same time is passed over for ever, in silence, but run on an empty database. Here
 *            what has no row is applied, in the order of the journal, and the log names it
 *            (migrate/order); a "when" that is there twice is refused. Drizzle runs all that is
 *            pending in one transaction, here each migration has its own: the rows are the same.
 */
#include "formats/drizzle.h"

#include "formats/directive.h"
#include "formats/drizzle_journal.h"
#include "formats/registry.h"

const char drizzle_journal_path[] = "meta/_journal.json";

static bool is_folder_file(const struct tree_entry *entry, const char *name)
{
    size_t slash = slice_find(entry->path, '/');

    return slice_equal_text(slice_sub(entry->path, slash + 1, entry->path.len), name);
}

const struct tree_entry *drizzle_next_folder(const struct tree *tree, size_t *at)
{
    for (; *at < tree->count; (*at)++)
        if (is_folder_file(&tree->entries[*at], "migration.sql"))
            return &tree->entries[*at];
    return NULL;
}

static bool refuse_no_journal(const struct tree *tree, struct error *err)
{
    error_set(err, ERR_CONFIG, "there is no %s", drizzle_journal_path);
    error_hint(err,
               "it has the order of the migrations, and belongs into the image: copy the whole "
               "folder that drizzle-kit generate writes (\"out\" in drizzle.config)");
    return error_wrap(err, "%s", tree->root);
}

/* Each of the two Drizzles would pass over the other's migrations. */
static bool check_one_layout(const struct tree *tree, struct error *err)
{
    size_t at = 0;
    const struct tree_entry *folder = drizzle_next_folder(tree, &at);

    if (!folder)
        return true;
    error_set(err, ERR_CONFIG, "two layouts in one folder: %s and %s", drizzle_journal_path,
              folder->path.ptr);
    error_hint(err, "the journal is of Drizzle before 1.0: npx drizzle-kit up (1.0) rewrites what "
                    "is listed there");
    return error_wrap(err, "%s", tree->root);
}

static bool list_entry(const struct tree *tree, const struct drizzle_entry *entry,
                       struct arena *arena, struct migration_list *out, struct error *err)
{
    const char *path = arena_printf(arena, "%s.sql", entry->tag);
    const struct tree_entry *file = tree_find(tree, slice_from(path));
    struct migration migration = {.id = arena_printf(arena, "%lld", (long long)entry->when_ms),
                                  .name = entry->tag,
                                  .number = entry->when_ms};

    if (!file) {
        error_set(err, ERR_CONFIG, "%s is listed, but the file is not there", path);
        error_hint(err, "Drizzle needs every file of its journal, those of applied ones as well");
        return error_wrap(err, "%s/%s", tree->root, drizzle_journal_path);
    }
    if (!drizzle_file_read(tree, file, arena, &migration, err))
        return false;
    migration_list_add(out, arena, migration);
    return true;
}

static bool read_journal(const struct tree *tree, const struct tree_entry *entry,
                         struct arena *arena, struct drizzle_journal *out, struct error *err)
{
    struct slice text;

    if (!tree_entry_text(tree, entry, &text, err))
        return false;
    if (drizzle_journal_read(text, arena, out, err))
        return true;
    return error_wrap_file(err, tree->root, drizzle_journal_path);
}

/* A slot for each entry of the tree. */
static bool *listed_entries(const struct tree *tree, const struct migration_list *list,
                            struct arena *arena)
{
    bool *is_listed = arena_array(arena, tree->count, sizeof *is_listed);

    for (size_t i = 0; i < list->count; i++)
        is_listed[tree_find(tree, slice_from(list->items[i].path)) - tree->entries] = true;
    return is_listed;
}

void drizzle_remark_unlisted(const struct tree *tree, const char *why, struct arena *arena,
                             struct migration_list *out)
{
    enum { TOLD_MAX = 5 };
    const bool *is_listed = listed_entries(tree, out, arena);
    struct buf text = buf_in(arena);
    size_t count = 0;

    buf_printf(&text, "not applied, since %s: ", why);
    for (size_t i = 0; i < tree->count; i++) {
        if (!tree_entry_is_top_sql(&tree->entries[i]) || is_listed[i])
            continue;
        if (count++ < TOLD_MAX)
            buf_printf(&text, "%s%s", count > 1 ? ", " : "", tree->entries[i].path.ptr);
    }
    if (count > TOLD_MAX)
        buf_printf(&text, " and %zu more", count - TOLD_MAX);
    if (count)
        remark_add(&out->remarks, arena, (struct remark){.text = buf_text(&text)});
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    const struct tree_entry *entry = tree_find(tree, slice_from(drizzle_journal_path));
    struct drizzle_journal journal;

    if (!entry)
        return refuse_no_journal(tree, err);
    if (!check_one_layout(tree, err) || !read_journal(tree, entry, arena, &journal, err))
        return false;
    for (size_t i = 0; i < journal.count; i++)
        if (!list_entry(tree, &journal.entries[i], arena, out, err))
            return false;
    drizzle_remark_unlisted(tree, "meta/_journal.json does not list it", arena, out);
    if (migration_list_check_unique(out, tree, arena, err))
        return true;
    error_hint(err,
               "\"when\" in %s is what the table knows a migration by: give the one that was "
               "not applied yet a later one",
               drizzle_journal_path);
    return false;
}

static const char separator[] = "--> statement-breakpoint";

static const char *mark(struct slice line, struct slice text, struct arena *arena)
{
    (void)text, (void)arena;
    return slice_starts_with(line, separator) ? separator : NULL;
}

static bool has_separator_line(struct slice bytes)
{
    struct slice line;

    while (directive_next_line(&bytes, &line))
        if (slice_starts_with(line, separator))
            return true;
    return false;
}

/* Prisma's folders have the same names and files, but never a snapshot, and a lock file beside. */
static bool is_folder_of_ours(const struct tree *tree, const struct tree_entry *sql,
                              struct arena *arena, const char **why)
{
    struct slice name = slice_sub(sql->path, 0, slice_find(sql->path, '/'));
    const char *snapshot = arena_printf(arena, "%.*s/snapshot.json", SLICE_ARG(name));

    if (tree_find(tree, slice_from(snapshot))) {
        *why = snapshot;
        return true;
    }
    if (tree_find(tree, SLICE("migration_lock.toml")) || !has_separator_line(sql->bytes))
        return false;
    *why = arena_printf(arena, "a line --> statement-breakpoint in %s", sql->path.ptr);
    return true;
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    const struct tree_entry *sql;

    if (tree_find(tree, slice_from(drizzle_journal_path))) {
        *why = drizzle_journal_path;
        return DETECT_CERTAIN;
    }
    for (size_t at = 0; (sql = drizzle_next_folder(tree, &at)); at++)
        if (is_folder_of_ours(tree, sql, arena, why))
            return DETECT_CERTAIN;
    return DETECT_NO;
}

static const struct format *layout(const struct tree *tree)
{
    size_t at = 0;

    if (!tree_find(tree, slice_from(drizzle_journal_path)) && drizzle_next_folder(tree, &at))
        return &format_drizzle_folders;
    return &format_drizzle;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    return drizzle_table_rows(rows, false, arena, out, err);
}

const struct format format_drizzle = {
    .name = "drizzle",
    .features = FORMAT_RERUNS_WITHOUT_TRANSACTION | FORMAT_SKIPS_LOWER_NUMBERS,
    .default_table = "drizzle.__drizzle_migrations",
    .detect = detect,
    .mark = mark,
    .list = list,
    .history_table = "CREATE TABLE {table} (id SERIAL PRIMARY KEY, hash text NOT NULL, "
                     "created_at bigint)",
    .history_insert = "INSERT INTO {table} (hash, created_at) VALUES ({checksum}, {number})",
    .read_history = drizzle_table_read,
    .applied = applied,
    .layout = layout,
    .id_column = "created_at",
};
