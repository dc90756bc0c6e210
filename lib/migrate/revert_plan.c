#include "migrate/revert_plan.h"

#include <stdlib.h>

/* The last one first. */
struct candidates {
    const struct plan_entry **items;
    size_t count;
    const struct plan_entry *unknown; /* the newest one without a file here; NULL: none */
    size_t unknown_count;
};

static bool is_undoable(const struct format *format, const struct plan_entry *entry)
{
    if (entry->state != PLAN_APPLIED && entry->state != PLAN_CHANGED)
        return false;
    if (!entry->applied)
        return !(format->features & FORMAT_UNDOES_BY_ROW);
    return !entry->applied->is_kept;
}

static int compare_newest_first(const void *a, const void *b)
{
    const struct plan_entry *const *left = a, *const *right = b;

    return ((*left)->applied < (*right)->applied) - ((*left)->applied > (*right)->applied);
}

static void take_unknown(struct candidates *candidates, const struct plan_entry *entry)
{
    if (entry->state != PLAN_UNKNOWN || entry->applied->is_kept)
        return;
    candidates->unknown_count++;
    if (!candidates->unknown || entry->applied > candidates->unknown->applied)
        candidates->unknown = entry;
}

static struct candidates find(const struct format *format, const struct plan *plan,
                              struct arena *arena)
{
    struct candidates found = {.items = arena_array(arena, plan->count, sizeof *found.items)};

    for (size_t i = plan->count; i-- > 0;) {
        if (is_undoable(format, &plan->entries[i]))
            found.items[found.count++] = &plan->entries[i];
        take_unknown(&found, &plan->entries[i]);
    }
    if (found.count && (format->features & FORMAT_UNDOES_BY_ROW))
        qsort(found.items, found.count, sizeof *found.items, compare_newest_first);
    return found;
}

static bool refuse_count(size_t applied, size_t wanted, struct error *err)
{
    if (!applied)
        return error_set(err, ERR_MIGRATION, "nothing is applied: there is nothing to undo");
    error_set(err, ERR_MIGRATION, "%zu migration%s applied, and the last %zu were to be undone",
              applied, applied == 1 ? " is" : "s are", wanted);
    error_hint(err, "nothing is undone; `migrinit status` lists what is applied");
    return false;
}

static bool refuse_unknown(const char *id, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s is applied, and has no file here", id);
    error_hint(err,
               "it is one of the last ones, and nothing is undone: undo it with the image that "
               "has the file");
    return false;
}

/* A row that is newer than one of those to be undone would have to go first. */
static bool is_among_last(const struct candidates *found, size_t count)
{
    for (size_t i = 0; i < count && i < found->count; i++)
        if (found->items[i]->applied && found->items[i]->applied < found->unknown->applied)
            return true;
    return count > found->count;
}

bool revert_plan_build(const struct source *source, const struct history *history, size_t count,
                       struct arena *arena, struct revert_plan *out, struct error *err)
{
    struct candidates found = find(source->format, &history->plan, arena);

    *out = (struct revert_plan){.applied_count = found.count + found.unknown_count};
    if (count > out->applied_count)
        return refuse_count(out->applied_count, count, err);
    if (found.unknown && is_among_last(&found, count))
        return refuse_unknown(found.unknown->id, err);
    out->items = arena_array(arena, count, sizeof *out->items);
    for (; out->count < count; out->count++)
        if (!format_down(source->format, &source->tree, &source->options,
                         found.items[out->count]->migration, arena, &out->items[out->count], err))
            return false;
    return true;
}
