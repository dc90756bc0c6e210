#include "migrate/pick.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"

bool pick_means(const struct migration *migration, const char *word)
{
    return strcmp(migration->id, word) == 0 || strcmp(migration->name, word) == 0 ||
           strcmp(migration->path, word) == 0;
}

static bool refuse_several(const char *word, const struct plan_entry *first,
                           const struct plan_entry *second, struct error *err)
{
    error_set(err, ERR_USAGE, "%s may be %s or %s", word, first->id, second->id);
    error_hint(err, "say which by its id: migrinit status --json has them");
    return false;
}

bool pick_find(const struct plan *plan, const char *word, const struct plan_entry **out,
               struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];

        if (strcmp(entry->id, word) == 0) {
            *out = entry; /* ids are the tool's own: no name takes precedence */
            return true;
        }
        if (!entry->migration || !pick_means(entry->migration, word))
            continue;
        if (*out)
            return refuse_several(word, *out, entry, err);
        *out = entry;
    }
    return true;
}

static const char *nearest_to(const struct plan *plan, const char *word)
{
    unsigned best = UINT_MAX;
    const char *nearest = NULL;

    for (size_t i = 0; i < plan->count; i++) {
        const char *words[] = {plan->entries[i].id, plan_entry_name(&plan->entries[i])};

        for (size_t j = 0; j < COUNT_OF(words); j++) {
            unsigned distance = text_distance(word, words[j]);

            if (distance < best) {
                best = distance;
                nearest = words[j];
            }
        }
    }
    return nearest;
}

bool pick_entry(const struct plan *plan, const char *word, const struct plan_entry **out,
                struct error *err)
{
    if (!pick_find(plan, word, out, err))
        return false;
    if (*out)
        return true;
    error_set(err, ERR_USAGE, "there is no migration %s, neither as a file nor recorded", word);
    if (plan->count)
        error_hint(err, "the nearest is %s; migrinit status has all", nearest_to(plan, word));
    return false;
}

static const struct migration *next_of(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];

        if (entry->migration && (entry->state == PLAN_PENDING || entry->state == PLAN_FAILED))
            return entry->migration;
    }
    return NULL;
}

struct resolve_request pick_request(const struct plan *plan, const struct plan_entry *entry,
                                    enum resolve_verdict verdict)
{
    return (struct resolve_request){.verdict = verdict,
                                    .id = entry->id,
                                    .migration = entry->migration,
                                    .row = entry->applied,
                                    .is_pending = entry->state == PLAN_PENDING,
                                    .next = next_of(plan)};
}
