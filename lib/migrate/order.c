#include "migrate/order.h"

#include "conf/config.h"

enum out_of_order order_wish(const struct step *step)
{
    static const enum out_of_order wishes[] = {
        [ORDER_AUTO] = OUT_OF_ORDER_AUTO,     [ORDER_APPLY] = OUT_OF_ORDER_APPLY,
        [ORDER_REFUSE] = OUT_OF_ORDER_REFUSE, [ORDER_SKIP] = OUT_OF_ORDER_SKIP,
        [ORDER_TRUE] = OUT_OF_ORDER_APPLY,    [ORDER_FALSE] = OUT_OF_ORDER_REFUSE,
    };

    return wishes[step->out_of_order];
}

void order_skip(struct plan *plan, enum out_of_order wish)
{
    for (size_t i = 0; i < plan->count && wish == OUT_OF_ORDER_SKIP; i++)
        if (plan->entries[i].is_late)
            plan->entries[i].state = PLAN_SKIPPED;
}

struct remark order_remark(const struct format *format, const struct plan_entry *entry,
                           enum out_of_order wish, struct arena *arena)
{
    const char *path = entry->migration->path, *text;

    if (wish == OUT_OF_ORDER_SKIP)
        text = arena_printf(arena,
                            "%s is passed over: it is older than the newest applied migration "
                            "([migrate] out_of_order = skip)",
                            path);
    else
        text = arena_printf(arena, "%s is pending, and older than the newest applied migration%s",
                            path,
                            format->features & FORMAT_SKIPS_LOWER_NUMBERS
                                ? "; the tool itself would pass over it in silence, as [migrate] "
                                  "out_of_order = skip does"
                                : "");
    return (struct remark){.is_warning = true, .text = text};
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
