/*
 * formats/atlas - folders that `atlas migrate apply` applies, in Atlas's own layout
 *
 * Files      *.sql at the top, in byte order of their names, sealed by atlas.sum (atlas_sum). The
 *            id is the name up to the first "_", the description what follows.
 * Content    all statements as Atlas cuts them, and nothing between them (atlas_scan).
 *            "atlas:txmode none" among the comments at the top, with an empty line below: no
 *            transaction. "atlas:checkpoint" there: a first run begins with it (atlas_check).
 *            "atlas:delimiter", "atlas:sum ignore": the first line. Others are for other verbs.
 * Table      atlas_schema_revisions in a schema of that name, or in the one that search_path of
 *            the URL names (atlas_table). Without a transaction the row follows every statement,
 *            and a file that failed is gone on with behind the last one that was done.
 * Baseline   one row of type 1 and no hash, as `atlas migrate apply --baseline` writes it; resolve
 *            adds type 4, as `atlas migrate set` does
 * Lock       FNV-1, 32 bits, of "atlas_migrate_execute"
 * Facts      community 1.2.3, read: sql/migrate, sql/postgres, cmd/atlas/internal/cmdapi; its
 *            scanner of statements and its sums, run. Hidden files are not looked at here, Atlas
 *            counts them. Layouts of other tools that Atlas can read as well (?format=flyway and
 *            so on) are those tools' here: two that claim one folder are an error for the operator
 *            to decide.
 */
#include <string.h>

#include "base/text.h"
#include "formats/atlas_check.h"
#include "formats/atlas_directive.h"
#include "formats/atlas_scan.h"
#include "formats/atlas_sum.h"
#include "formats/atlas_table.h"
#include "formats/registry.h"

static const int64_t lock_key = 2686470616;

static const char hint_txmode[] =
    "Atlas knows none and file, once in a file (all is for its command line)";

static bool read_txmode(const struct tree *tree, const struct tree_entry *entry,
                        struct migration *migration, struct error *err)
{
    struct slice value = SLICE("file");
    size_t count = atlas_file_directive(migration->source, "txmode", &value);

    if (count > 1)
        return file_refuse(tree, entry, err, "has several lines atlas:txmode", hint_txmode);
    if (!slice_equal_text(value, "none") && !slice_equal_text(value, "file"))
        return file_refuse(tree, entry, err, "has an atlas:txmode that there is not", hint_txmode);
    migration->is_transactional = slice_equal_text(value, "file");
    return true;
}

/* What the tool passes over in silence. */
static const char *note_on(struct slice source)
{
    static const char *const names[] = {"txmode", "checkpoint"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (atlas_directive_is_passed_over(source, names[i]))
            return "an atlas: line at its top counts for nothing, as with Atlas itself: there must "
                   "be an empty line below the comments at the top, and no carriage return in it";
    return NULL;
}

static bool check_sent(const struct tree *tree, const struct migration *migration,
                       struct error *err)
{
    return sql_split(migration_text(migration), NULL, NULL, err) ||
           migration_place(tree, migration, err);
}

static bool cut(const struct tree *tree, struct migration *migration, struct arena *arena,
                struct error *err)
{
    struct sql_statements *statements = arena_alloc(arena, sizeof *statements);

    migration->cut = statements;
    if (!atlas_scan(migration->source, arena, statements, &migration->sent, err))
        return migration_place(tree, migration, err);
    return check_sent(tree, migration, err);
}

static void read_name(struct slice file, struct migration *migration, struct arena *arena)
{
    struct slice name = slice_sub(file, 0, file.len - strlen(".sql"));
    size_t end = slice_find(name, '_');

    migration->name = arena_text(arena, name);
    migration->id = arena_text(arena, slice_sub(name, 0, end));
    migration->description = arena_text(arena, slice_sub(name, end + 1, name.len));
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, const char *hash,
                       struct arena *arena, struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr, .checksum = hash};
    struct slice tag;

    read_name(entry->path, &migration, arena);
    if (!file_read_unmarked(tree, entry, &migration.source, err) ||
        !read_txmode(tree, entry, &migration, err))
        return false;
    migration.up = migration.source;
    migration.is_checkpoint = atlas_file_directive(migration.source, "checkpoint", &tag) > 0;
    migration.note = note_on(migration.source);
    if (!cut(tree, &migration, arena, err))
        return false;
    migration_list_add(out, arena, migration);
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    const char **hashes;

    if (!atlas_sum_check(tree, arena, &hashes, err))
        return false;
    for (size_t i = 0; i < tree->count; i++)
        if (tree_entry_is_top_sql(&tree->entries[i]) &&
            !list_entry(tree, &tree->entries[i], hashes[i], arena, out, err))
            return false;
    return migration_list_check_unique(out, tree, arena, err);
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    (void)arena;
    *why = "atlas.sum";
    return tree_find(tree, SLICE("atlas.sum")) ? DETECT_CERTAIN : DETECT_NO;
}

/* The statements that are done are blanked, so that the places of the others stay true. */
static const struct migration *rest(const struct migration *migration, const struct applied *row,
                                    struct arena *arena)
{
    size_t count = migration->cut->count;
    size_t done = row->number > 0 ? (size_t)row->number : 0;
    struct migration *left = arena_alloc(arena, sizeof *left);
    char *sent = arena_text(arena, migration_text(migration));
    size_t end = migration->up.len;

    *left = *migration;
    left->sent = sent;
    left->cut_done = done < count ? done : count;
    if (left->cut_done < count)
        end = migration->cut->items[left->cut_done].offset;
    for (size_t i = 0; i < end; i++)
        if (sent[i] != '\n')
            sent[i] = ' ';
    return left;
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = lock_key;
    return 1;
}

const struct format format_atlas = {
    .name = "atlas",
    .features = FORMAT_COUNTS_STATEMENTS | FORMAT_RECORDS_EACH | FORMAT_SUMS_ARE_RUNNING |
                FORMAT_SHARES_MARK | FORMAT_FOLLOWS_SEARCH_PATH,
    .default_table = "atlas_schema_revisions.atlas_schema_revisions",
    .no_transaction_mark = "-- atlas:txmode none",
    .detect = detect,
    .list = list,
    .read_history = atlas_read_history,
    .applied = atlas_applied,
    .create_history = atlas_create_history,
    .emptiness_check = atlas_emptiness_check,
    .record = atlas_record,
    .pending = atlas_pending,
    .check = atlas_check,
    .rest = rest,
    .lock_keys = lock_keys,
    .id_column = "version",
    .baseline = atlas_baseline,
};
