#include "formats/atlas_check.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "formats/atlas_record.h"
#include "formats/atlas_table.h"
#include "formats/resolve.h"

enum place { PLACE_PASSED_OVER, PLACE_PENDING, PLACE_OUT_OF_ORDER };

/* The bookkeeping against the folder. */
struct view {
    const struct applied *oldest, *newest; /* NULL before the first run */
    const struct applied_list *rows;
    const struct migration *half_done; /* the newest row's file, where that stopped half-way */
    size_t start;                      /* the first file that is not behind the newest row */
    bool runs_checkpoint;              /* that one, which would be passed over otherwise */
};

static bool is_half_done(const struct applied *row)
{
    return row && row->progress;
}

static const struct applied *row_of(const struct applied_list *rows, const char *version)
{
    size_t low = 0, high = rows->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(rows->items[middle].id, version);

        if (order == 0)
            return &rows->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void view_first_run(struct view *view, const struct migration_list *migrations)
{
    for (size_t i = 0; i < migrations->count; i++)
        if (migrations->items[i].is_checkpoint)
            view->start = i;
    view->runs_checkpoint = true;
}

static void view_later_run(struct view *view, const struct migration_list *migrations)
{
    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];
        int order = strcmp(migration->id, view->newest->id);

        if (order == 0 && is_half_done(view->newest)) {
            view->half_done = migration;
            view->start = i;
            view->runs_checkpoint = migration->is_checkpoint;
            return;
        }
        if (order <= 0 && !migration->is_checkpoint)
            view->start = i + 1;
    }
}

static struct view view_of(const struct migration_list *migrations, const struct applied_list *rows)
{
    struct view view = {.rows = rows};

    if (rows->count) {
        view.oldest = &rows->items[0];
        view.newest = &rows->items[rows->count - 1];
        view_later_run(&view, migrations);
    } else {
        view_first_run(&view, migrations);
    }
    return view;
}

/* The tool has no way back to a late file that stopped half-way; where it was the operator who let
 * it in, it is gone on with. */
static bool is_late_half_done(const struct migration_list *migrations, const struct applied *row)
{
    return is_half_done(row) &&
           migration_list_options(migrations)->out_of_order == OUT_OF_ORDER_APPLY;
}

static enum place place_of(const struct view *view, const struct migration_list *migrations,
                           size_t index)
{
    const struct migration *migration = &migrations->items[index];
    const struct applied *row = row_of(view->rows, migration->id);

    if (migration->is_checkpoint && !(index == view->start && view->runs_checkpoint))
        return PLACE_PASSED_OVER;
    if (index >= view->start)
        return PLACE_PENDING;
    if (!view->oldest || strcmp(migration->id, view->oldest->id) < 0 ||
        (row && !is_late_half_done(migrations, row)) ||
        (view->half_done && view->half_done->is_checkpoint))
        return PLACE_PASSED_OVER;
    return PLACE_OUT_OF_ORDER;
}

bool atlas_pending(const struct migration_list *migrations, const struct applied_list *applied,
                   bool *is_pending, struct error *err)
{
    struct view view = view_of(migrations, applied);

    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = place_of(&view, migrations, i) != PLACE_PASSED_OVER;
    return true;
}

/* --- what stands in the way --- */

static bool refuse_not_clean(const char *table, struct error *err)
{
    char found[160];

    text_sanitize(slice_from(table), found, sizeof found);
    error_set(err, ERR_MIGRATION, "the database has the table %s, but no revisions of Atlas",
              found);
    error_hint(err, "%s", atlas_hint_not_clean);
    return false;
}

static bool refuse_missing(const struct applied *row, struct error *err)
{
    char version[80];

    text_sanitize(slice_from(row->id), version, sizeof version);
    error_set(err, ERR_MIGRATION, "%s stopped half-way, and its file is not here", version);
    resolve_hint(err,
                 "bring the file back, and it is gone on with from where it stopped; or put the "
                 "schema right by hand",
                 row->id, false);
    return false;
}

static bool refuse_changed(const struct migration *migration, size_t statement, struct error *err)
{
    error_set(err, ERR_MIGRATION, "statement %zu was changed since it was applied", statement);
    resolve_hint(err,
                 "the file stopped half-way: put the statements that are done back as they were, "
                 "and it is gone on with behind them; or put the schema right by hand",
                 migration->id, true);
    return error_wrap(err, "%s", migration->path);
}

/* The tool takes a hash with and without "h1:". */
static bool is_same_hash(const struct json *recorded, const char *hash)
{
    struct slice was;

    return hash && json_get_text(recorded, &was) &&
           (slice_equal_text(was, hash) || slice_equal_text(was, hash + strlen("h1:")));
}

/* How many of the first `count` statements are the same still; `count` when all are. */
static size_t count_same(const struct applied *row, const struct migration *migration, size_t count)
{
    struct arena *arena = arena_new();
    const char **hashes = atlas_partial_hashes(migration, count, arena);
    struct json *recorded = NULL;
    struct error ignored;
    size_t same = 0;

    if (json_read(slice_from(row->progress), &recorded, &ignored))
        while (same < count && is_same_hash(json_item(recorded, same), hashes[same]))
            same++;
    json_free(recorded);
    arena_free(arena);
    return same;
}

static bool check_resumed(const struct applied *row, const struct migration *migration,
                          struct error *err)
{
    size_t done = row->number > 0 ? (size_t)row->number : 0;
    size_t same = done ? count_same(row, migration, done) : 0;

    return same == done || refuse_changed(migration, same + 1, err);
}

static bool check_half_done(const struct view *view, const struct migration_list *migrations,
                            struct error *err)
{
    if (is_half_done(view->newest) &&
        !(view->half_done ? check_resumed(view->newest, view->half_done, err)
                          : refuse_missing(view->newest, err)))
        return false;
    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];
        const struct applied *row = row_of(view->rows, migration->id);

        if (row && place_of(view, migrations, i) == PLACE_OUT_OF_ORDER &&
            !check_resumed(row, migration, err))
            return false;
    }
    return true;
}

static bool refuse_out_of_order(const struct migration *first, size_t others, struct error *err)
{
    error_set(err, ERR_MIGRATION, "is older than what is applied, and was added later%s",
              others ? "; and so are others" : "");
    error_hint(err, "give it a newer version and run `atlas migrate hash`, or set [migrate] "
                    "out_of_order = apply, which is its --exec-order non-linear");
    return error_wrap(err, "%s", first->path);
}

static bool check_order(const struct view *view, const struct migration_list *migrations,
                        struct error *err)
{
    const struct migration *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < migrations->count && !migration_list_takes_late(migrations); i++) {
        if (place_of(view, migrations, i) != PLACE_OUT_OF_ORDER)
            continue;
        first = first ? first : &migrations->items[i];
        count++;
    }
    return !first || refuse_out_of_order(first, count - 1, err);
}

/* The tool begins with it and then finds no hash to record. */
static bool check_sums(const struct view *view, const struct migration_list *migrations,
                       struct error *err)
{
    for (size_t i = 0; i < migrations->count; i++) {
        if (migrations->items[i].checksum || place_of(view, migrations, i) == PLACE_PASSED_OVER)
            continue;
        error_set(err, ERR_MIGRATION, "is left out of atlas.sum (atlas:sum ignore)");
        error_hint(err, "Atlas cannot apply such a file: remove the line and run `atlas migrate "
                        "hash`, or move the file elsewhere");
        return error_wrap(err, "%s", migrations->items[i].path);
    }
    return true;
}

bool atlas_check(const struct migration_list *migrations, const struct applied_list *applied,
                 struct error *err)
{
    struct view view = view_of(migrations, applied);

    if (migrations->count && applied->obstacle)
        return refuse_not_clean(applied->obstacle, err);
    return check_half_done(&view, migrations, err) && check_order(&view, migrations, err) &&
           check_sums(&view, migrations, err);
}
