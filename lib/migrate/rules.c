#include "migrate/rules.h"

#include "migrate/order.h"

static const char *strict_reason(const struct plan_entry *entry, enum out_of_order wish)
{
    if (entry->state == PLAN_CHANGED)
        return "was changed after it was applied";
    if (entry->is_late && wish != OUT_OF_ORDER_APPLY && wish != OUT_OF_ORDER_SKIP)
        return "is not applied, and one that comes after it is";
    return plan_entry_is_missing(entry) ? "is applied, and has no file here" : NULL;
}

static bool check_strict(const struct plan *plan, enum out_of_order wish, struct error *err)
{
    const struct plan_entry *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (!strict_reason(&plan->entries[i], wish))
            continue;
        first = first ? first : &plan->entries[i];
        count++;
    }
    if (!first)
        return true;
    error_set(err, ERR_MIGRATION, "%s %s", plan_entry_name(first), strict_reason(first, wish));
    if (count > 1)
        error_detail(err, "%zu more are out of order, changed or missing: migrinit status",
                     count - 1);
    error_hint(err, "[migrate] strict = true refuses this; with false the tool's own rule holds");
    return false;
}

static bool check_ahead(const struct plan *plan, struct error *err)
{
    const struct plan_entry *newer = NULL;

    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].is_newer)
            newer = &plan->entries[i];
    if (!newer)
        return true;
    error_set(err, ERR_MIGRATION,
              "the database is ahead: %s is applied, and comes after every file here", newer->id);
    error_hint(err, "start the image that has its file; [migrate] ahead = start goes on without");
    return false;
}

bool rules_check(const struct plan *plan, const struct step *step, struct error *err)
{
    enum out_of_order wish = order_wish(step);

    if ((step->is_strict && !check_strict(plan, wish, err)) || !order_check(plan, wish, err))
        return false;
    return step->ahead == AHEAD_START || check_ahead(plan, err);
}
