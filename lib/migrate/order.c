#include "migrate/order.h"

static void mark_below_highest(const struct applied_list *applied, struct plan_entry *entries,
                               size_t count)
{
    int64_t highest = INT64_MIN;

    for (size_t i = 0; i < applied->count; i++)
        if (applied->items[i].number > highest)
            highest = applied->items[i].number;
    for (size_t i = 0; i < count; i++)
        entries[i].is_late =
            entries[i].state == PLAN_PENDING && entries[i].migration->number <= highest;
}

/* In the order of the folder. */
static void mark_before_applied(struct plan_entry *entries, size_t count)
{
    bool is_before = false;

    for (size_t i = count; i-- > 0;) {
        bool is_ordered = !entries[i].migration->is_unordered;

        entries[i].is_late = is_before && is_ordered && entries[i].state == PLAN_PENDING;
        is_before |= is_ordered && entries[i].applied;
    }
}

void order_judge(const struct format *format, const struct migration_list *migrations,
                 const struct applied_list *applied, struct plan_entry *entries)
{
    if (format->features & FORMAT_SKIPS_LOWER_NUMBERS)
        mark_below_highest(applied, entries, migrations->count);
    else
        mark_before_applied(entries, migrations->count);
    if (migration_list_options(migrations)->out_of_order != OUT_OF_ORDER_SKIP)
        return;
    for (size_t i = 0; i < migrations->count; i++)
        if (entries[i].is_late)
            entries[i].state = PLAN_SKIPPED;
}

const char *order_remark(const struct format *format, const struct plan_entry *entry,
                         enum out_of_order wish, struct arena *arena)
{
    const char *path = entry->migration ? entry->migration->path : "";

    if (!entry->is_late)
        return NULL;
    if (wish == OUT_OF_ORDER_SKIP)
        return arena_printf(arena,
                            "%s is passed over: it is older than the newest applied migration "
                            "([migrate] out_of_order = skip)",
                            path);
    return arena_printf(arena, "%s is pending, and older than the newest applied migration%s", path,
                        format->features & FORMAT_SKIPS_LOWER_NUMBERS
                            ? "; the tool itself would pass over it in silence, as [migrate] "
                              "out_of_order = skip does"
                            : "");
}

bool order_check(const struct plan *plan, enum out_of_order wish, struct error *err)
{
    for (size_t i = 0; i < plan->count && wish == OUT_OF_ORDER_REFUSE; i++) {
        if (!plan->entries[i].is_late)
            continue;
        error_set(err, ERR_MIGRATION, "%s is older than the newest applied migration",
                  plan->entries[i].migration->path);
        error_hint(err, "[migrate] out_of_order = refuse wants none: give it a later name, or set "
                        "apply or skip once");
        return false;
    }
    return true;
}
