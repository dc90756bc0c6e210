#include "migrate/plan.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/order.h"

/* The rows by id, so that ten thousand files cost n log n comparisons. */
struct index {
    const struct applied **rows;
    bool *is_matched;
    size_t count;
    size_t next; /* behind the last match: rows and files mostly come in the same order */
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

/* The first row of that id, or count. */
static size_t index_find(const struct index *index, const char *id)
{
    const struct applied key = {.id = id}, *key_pointer = &key, **found = NULL;
    size_t at;

    if (index->next < index->count && strcmp(index->rows[index->next]->id, id) == 0)
        return index->next;
    if (index->count)
        found = bsearch(&key_pointer, index->rows, index->count, sizeof *index->rows, compare_rows);
    if (!found)
        return index->count;
    at = (size_t)(found - index->rows);
    while (at > 0 && strcmp(index->rows[at - 1]->id, id) == 0)
        at--;
    return at;
}

/* A tool may keep several rows of one migration: the last one tells, all of them have their file.
 */
static const struct applied *index_match(struct index *index, const char *id)
{
    const struct applied *last = NULL;
    size_t at = index_find(index, id);

    for (; at < index->count && strcmp(index->rows[at]->id, id) == 0; at++) {
        index->is_matched[at] = true;
        index->next = at + 1;
        last = index->rows[at] > last ? index->rows[at] : last;
    }
    return last;
}

static enum checksum_state compare_checksums(const struct migration *migration,
                                             const struct applied *applied)
{
    if (!migration || !applied || !migration->checksum || !applied->checksum)
        return CHECKSUM_NONE;
    return migration_fits(migration, applied) ? CHECKSUM_SAME : CHECKSUM_CHANGED;
}

/* is_told: what differs in it may be all that differs in the one before. */
static enum plan_state state_of(const struct format *format, const struct migration *migration,
                                const struct applied *applied, bool is_pending, bool is_told)
{
    if (applied && applied->is_failed)
        return PLAN_FAILED;
    if (is_pending)
        return PLAN_PENDING;
    if (!applied && format && format->features & FORMAT_RECORDS_EACH)
        return PLAN_SKIPPED;
    if (!is_told && compare_checksums(migration, applied) == CHECKSUM_CHANGED)
        return PLAN_CHANGED;
    return PLAN_APPLIED;
}

static const struct migration *left_of(const struct format *format,
                                       const struct migration *migration,
                                       const struct applied *applied, struct arena *arena)
{
    return applied && format && format->rest ? format->rest(migration, applied, arena) : migration;
}

static void plan_add(struct plan *plan, struct plan_entry entry)
{
    plan->entries[plan->count++] = entry;
}

static void plan_count(struct plan *plan, const struct plan_entry *entry)
{
    plan->applied_count += entry->state == PLAN_APPLIED || entry->state == PLAN_CHANGED;
    plan->pending_count += entry->state == PLAN_PENDING;
    plan->changed_count += entry->state == PLAN_CHANGED;
    plan->failed_count += entry->state == PLAN_FAILED;
    plan->unknown_count += entry->state == PLAN_UNKNOWN;
    plan->skipped_count += entry->state == PLAN_SKIPPED;
    plan->late_count += entry->state == PLAN_PENDING && entry->is_late;
    plan->newer_count += entry->is_newer;
}

static bool has_place(const struct plan_entry *entry)
{
    return entry->migration ? !entry->migration->is_repeatable : !entry->applied->is_repeatable;
}

static int64_t number_of(const struct plan_entry *entry)
{
    return entry->migration ? entry->migration->number : entry->applied->number;
}

static int compare_entries(const struct format *format, const struct plan_entry *left,
                           const struct plan_entry *right)
{
    int64_t left_number = number_of(left), right_number = number_of(right);

    if (format->compare_ids)
        return format->compare_ids(left->id, right->id);
    if (left_number && right_number)
        return (left_number > right_number) - (left_number < right_number);
    return migration_order(slice_from(left->id), slice_from(right->id));
}

static void raise_to(const struct format *format, const struct plan_entry **highest,
                     const struct plan_entry *entry)
{
    if (!*highest || compare_entries(format, entry, *highest) > 0)
        *highest = entry;
}

static bool is_late(const struct format *format, const struct plan_entry *entry,
                    const struct plan_entry *last_applied)
{
    int order;

    if (entry->state != PLAN_PENDING || entry->migration->is_unordered || !last_applied)
        return false;
    order = compare_entries(format, entry, last_applied);
    return order < 0 || (order == 0 && format->features & FORMAT_SKIPS_LOWER_NUMBERS);
}

/* What the order says: which pending ones are late, and which rows come after every file. */
static void mark_places(const struct format *format, struct plan *plan)
{
    const struct plan_entry *last_applied = NULL, *last_file = NULL;

    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];

        if (!has_place(entry))
            continue;
        if (entry->state != PLAN_PENDING && entry->state != PLAN_SKIPPED)
            raise_to(format, &last_applied, entry);
        if (entry->migration)
            raise_to(format, &last_file, entry);
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_entry *entry = &plan->entries[i];

        if (!has_place(entry))
            continue;
        entry->is_late = is_late(format, entry, last_applied);
        entry->is_newer = entry->state == PLAN_UNKNOWN &&
                          (!last_file || compare_entries(format, entry, last_file) > 0);
    }
}

/* Without an order of its own, whatever has no file comes after every file. */
static void mark_newer(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        plan->entries[i].is_newer = plan->entries[i].state == PLAN_UNKNOWN;
}

static void add_folder(struct plan *plan, const struct format *format, struct index *index,
                       const struct migration_list *migrations, const bool *is_pending,
                       struct arena *arena)
{
    bool is_running = format && format->features & FORMAT_SUMS_ARE_RUNNING, is_told = false;

    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];
        const struct applied *row = index_match(index, migration->id);
        enum plan_state state =
            state_of(format, migration, row, is_pending ? is_pending[i] : !row, is_told);

        if (row)
            is_told = is_running && compare_checksums(migration, row) == CHECKSUM_CHANGED;
        if (state == PLAN_PENDING)
            migration = left_of(format, migration, row, arena);
        plan_add(plan,
                 (struct plan_entry){
                     .state = state, .id = migration->id, .migration = migration, .applied = row});
    }
}

static void add_unmatched(struct plan *plan, const struct index *index)
{
    for (size_t i = 0; i < index->count; i++)
        if (!index->is_matched[i] && !index->rows[i]->is_mark)
            plan_add(plan, (struct plan_entry){.state = index->rows[i]->is_failed ? PLAN_FAILED
                                                                                  : PLAN_UNKNOWN,
                                               .id = index->rows[i]->id,
                                               .applied = index->rows[i]});
}

/* One line for each that is late, behind what is to be said of the folder. */
static void add_remarks(struct plan *plan, const struct format *format,
                        const struct migration_list *migrations, struct arena *arena)
{
    enum out_of_order wish = migration_list_options(migrations)->out_of_order;

    for (size_t i = 0; i < migrations->remarks.count; i++)
        remark_add(&plan->remarks, arena, migrations->remarks.items[i]);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].is_late)
            remark_add(&plan->remarks, arena, order_remark(format, &plan->entries[i], wish, arena));
}

struct plan plan_compare(const struct format *format, const struct migration_list *migrations,
                         const struct applied_list *applied, const bool *is_pending,
                         struct arena *arena)
{
    struct index index = index_build(applied, arena);
    struct plan plan = {
        .entries = arena_array(arena, migrations->count + applied->count, sizeof *plan.entries)};

    add_folder(&plan, format, &index, migrations, is_pending, arena);
    add_unmatched(&plan, &index);
    if (format)
        mark_places(format, &plan);
    else
        mark_newer(&plan);
    order_skip(&plan, migration_list_options(migrations)->out_of_order);
    for (size_t i = 0; i < plan.count; i++)
        plan_count(&plan, &plan.entries[i]);
    add_remarks(&plan, format, migrations, arena);
    return plan;
}

bool plan_build(const struct format *format, const struct migration_list *migrations,
                const struct applied_list *applied, struct arena *arena, struct plan *plan,
                struct error *err)
{
    bool *is_pending = arena_array(arena, migrations->count, sizeof *is_pending);

    if (format->pending && !format->pending(migrations, applied, is_pending, err))
        return false;
    *plan = plan_compare(format, migrations, applied, format->pending ? is_pending : NULL, arena);
    return true;
}

bool plan_is_ahead(const struct plan *plan)
{
    return plan->newer_count > 0 && plan->pending_count == 0;
}

bool plan_entry_is_missing(const struct plan_entry *entry)
{
    return entry->state == PLAN_UNKNOWN && !entry->is_newer;
}

enum checksum_state plan_entry_checksum(const struct plan_entry *entry)
{
    return compare_checksums(entry->migration, entry->applied);
}

const char *plan_entry_state(const struct plan_entry *entry)
{
    switch (entry->state) {
    case PLAN_APPLIED: return "applied";
    case PLAN_PENDING: return entry->is_late ? "out-of-order" : "pending";
    case PLAN_CHANGED: return "changed";
    case PLAN_FAILED: return "failed";
    case PLAN_SKIPPED: return "skipped";
    case PLAN_UNKNOWN: break;
    }
    return entry->is_newer ? "ahead" : "missing";
}

const char *plan_checksum_name(enum checksum_state state)
{
    static const char *const names[] = {
        [CHECKSUM_NONE] = "none", [CHECKSUM_SAME] = "same", [CHECKSUM_CHANGED] = "changed"};

    return names[state];
}

const char *plan_entry_name(const struct plan_entry *entry)
{
    return entry->migration ? entry->migration->name : entry->id;
}
