#include "migrate/plan.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/order.h"

/* The rows by id, so that ten thousand files cost n log n comparisons. */
struct index {
    const struct applied **rows;
    bool *is_matched;
    size_t count;
};

static int compare_rows(const void *a, const void *b)
{
    const struct applied *const *left = a, *const *right = b;

    return strcmp((*left)->id, (*right)->id);
}

static struct index index_build(const struct applied_list *applied, struct arena *arena)
{
    struct index index = {.rows = arena_array(arena, applied->count, sizeof *index.rows),
                          .is_matched = arena_array(arena, applied->count, sizeof(bool)),
                          .count = applied->count};

    for (size_t i = 0; i < applied->count; i++)
        index.rows[i] = &applied->items[i];
    if (index.count)
        qsort(index.rows, index.count, sizeof *index.rows, compare_rows);
    return index;
}

/* A tool may keep several rows of one migration: the last one tells, all of them have their file.
 */
static const struct applied *index_match(struct index *index, const char *id)
{
    const struct applied key = {.id = id}, *key_pointer = &key, **found = NULL;
    const struct applied *last = NULL;
    size_t at;

    if (index->count)
        found = bsearch(&key_pointer, index->rows, index->count, sizeof *index->rows, compare_rows);
    if (!found)
        return NULL;
    at = (size_t)(found - index->rows);
    while (at > 0 && strcmp(index->rows[at - 1]->id, id) == 0)
        at--;
    for (; at < index->count && strcmp(index->rows[at]->id, id) == 0; at++) {
        index->is_matched[at] = true;
        last = index->rows[at] > last ? index->rows[at] : last;
    }
    return last;
}

static enum plan_state state_of(const struct migration *migration, const struct applied *applied,
                                bool is_pending)
{
    if (applied && applied->is_failed)
        return PLAN_FAILED;
    if (is_pending)
        return PLAN_PENDING;
    if (applied && !migration_fits(migration, applied))
        return PLAN_CHANGED;
    return PLAN_APPLIED;
}

static void plan_count(struct plan *plan, enum plan_state state)
{
    plan->applied_count += state == PLAN_APPLIED || state == PLAN_CHANGED;
    plan->pending_count += state == PLAN_PENDING;
    plan->changed_count += state == PLAN_CHANGED;
    plan->failed_count += state == PLAN_FAILED;
    plan->unknown_count += state == PLAN_UNKNOWN;
}

static void add_remarks(const struct format *format, const struct migration_list *migrations,
                        struct arena *arena, struct plan *plan)
{
    enum out_of_order wish = migration_list_options(migrations)->out_of_order;

    for (size_t i = 0; i < migrations->remarks.count; i++)
        remark_add(&plan->remarks, arena, migrations->remarks.items[i]);
    for (size_t i = 0; i < plan->count; i++) {
        const char *text = order_remark(format, &plan->entries[i], wish, arena);

        if (text)
            remark_add(&plan->remarks, arena, (struct remark){.is_warning = true, .text = text});
    }
}

bool plan_build(const struct format *format, const struct migration_list *migrations,
                const struct applied_list *applied, struct arena *arena, struct plan *plan,
                struct error *err)
{
    struct index index = index_build(applied, arena);
    bool *is_pending = arena_array(arena, migrations->count, sizeof *is_pending);

    if (format->pending && !format->pending(migrations, applied, is_pending, err))
        return false;
    *plan = (struct plan){
        .entries = arena_array(arena, migrations->count + applied->count, sizeof *plan->entries)};
    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];
        const struct applied *row = index_match(&index, migration->id);
        enum plan_state state = state_of(migration, row, format->pending ? is_pending[i] : !row);

        plan->entries[plan->count++] =
            (struct plan_entry){state, migration->id, migration, row, false};
    }
    order_judge(format, migrations, applied, plan->entries);
    for (size_t i = 0; i < index.count; i++)
        if (!index.is_matched[i] && !index.rows[i]->is_mark)
            plan->entries[plan->count++] =
                (struct plan_entry){PLAN_UNKNOWN, index.rows[i]->id, NULL, index.rows[i], false};
    for (size_t i = 0; i < plan->count; i++)
        plan_count(plan, plan->entries[i].state);
    add_remarks(format, migrations, arena, plan);
    return true;
}

bool plan_is_ahead(const struct plan *plan)
{
    return plan->unknown_count > 0 && plan->pending_count == 0;
}

const char *plan_state_name(enum plan_state state)
{
    static const char *const names[] = {
        [PLAN_APPLIED] = "applied", [PLAN_PENDING] = "pending", [PLAN_CHANGED] = "changed",
        [PLAN_FAILED] = "failed",   [PLAN_UNKNOWN] = "unknown", [PLAN_SKIPPED] = "skipped",
    };

    return names[state];
}
