#include "migrate/tell.h"

#include "sys/log.h"

static void warn_of_changed(const struct work *work, const struct plan_entry *entry)
{
    const struct source *source = work->source;

    if (entry->state == PLAN_CHANGED)
        log_event(
            LOG_WARN, LOG_MIGRATION, "migration.changed", LOG_FIELDS(log_str("id", entry->id)),
            "%s/%s%s was changed after it was applied; the change is not applied",
            source_folder(source, entry->migration), entry->migration->path,
            source->format->features & FORMAT_SUMS_ARE_RUNNING ? ", or a file before it," : "");
}

static void tell_remark(const struct work *work, const struct remark *remark)
{
    log_event(remark->is_warning ? LOG_WARN : LOG_INFO, LOG_MIGRATION,
              remark->event ? remark->event : "migration.remark",
              LOG_FIELDS(log_str("step", work->source->label)), "%s: %s", work->source->label,
              remark->text);
}

void tell_destructive(const struct work *work)
{
    const struct remark_list *remarks = &work->history.plan.remarks;

    for (size_t i = 0; i < remarks->count; i++)
        if (remarks->items[i].event == guard_event)
            tell_remark(work, &remarks->items[i]);
}

/* What is skipped by setting has a remark each. */
static void tell_skipped(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    size_t count = 0;

    for (size_t i = 0; i < plan->count && plan->skipped_count; i++)
        count += plan->entries[i].state == PLAN_SKIPPED && !plan->entries[i].is_late;
    if (count)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.skipped",
                  LOG_FIELDS(log_int("skipped", (int64_t)count)),
                  "%s: %zu of %s passed over, as the tool does; `migrinit status` lists what",
                  work->source->label, count, work->source->dir);
}

/* One line for all: old migrations that were put together into one may be hundreds. */
static void warn_of_missing(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    size_t count = plan->unknown_count - plan->newer_count;
    const char *last = NULL;

    for (size_t i = 0; i < plan->count && count; i++)
        if (plan_entry_is_missing(&plan->entries[i]))
            last = plan->entries[i].id;
    if (last)
        log_event(LOG_WARN, LOG_MIGRATION, "migration.missing",
                  LOG_FIELDS(log_int("missing", (int64_t)count)),
                  "%s: %zu applied migration%s no file in %s, where later ones are (%s%s)",
                  work->source->label, count, count == 1 ? " has" : "s have", work->source->dir,
                  count == 1 ? "" : "the last: ", last);
}

static void warn(const struct work *work)
{
    const struct plan *plan = &work->history.plan;

    if (work->bootstrap.unavailable)
        log_event(LOG_WARN, LOG_MIGRATION, "db.extension.missing",
                  LOG_FIELDS(log_str("extensions", work->bootstrap.unavailable)),
                  "The server does not have these optional extensions: %s",
                  work->bootstrap.unavailable);
    for (size_t i = 0; i < plan->remarks.count; i++)
        tell_remark(work, &plan->remarks.items[i]);
    for (size_t i = 0; i < plan->count && plan->changed_count; i++)
        warn_of_changed(work, &plan->entries[i]);
    warn_of_missing(work);
    tell_skipped(work);
}

static const char *newest_id(const struct plan *plan)
{
    size_t last = plan->count - 1;

    while (last > 0 && !plan->entries[last].is_newer)
        last--;
    return plan->entries[last].id;
}

enum outcome tell_current(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    const struct source *source = work->source;

    warn(work);
    if (plan_is_ahead(plan)) {
        log_event(LOG_WARN, LOG_MIGRATION, "migration.ahead",
                  LOG_FIELDS(log_int("ahead", (int64_t)plan->newer_count)),
                  "%s: the database is ahead of %s: %zu applied migration%s after all of its files "
                  "(newest: %s)",
                  source->label, source->dir, plan->newer_count,
                  plan->newer_count == 1 ? " comes" : "s come", newest_id(plan));
        return OUTCOME_AHEAD;
    }
    if (!source->format && !source->revisions) {
        log_event(LOG_INFO, LOG_MIGRATION, "command.current",
                  LOG_FIELDS(log_int("files", (int64_t)source->inputs.file_count)),
                  "%s: nothing to do, its %zu input file%s as at its last success", source->label,
                  source->inputs.file_count, source->inputs.file_count == 1 ? " is" : "s are");
        return OUTCOME_CURRENT;
    }
    log_event(LOG_INFO, LOG_MIGRATION, "migration.current",
              LOG_FIELDS(log_int("applied", (int64_t)plan->applied_count)),
              "%s: up to date, %zu applied and none pending in %s", source->label,
              plan->applied_count, source->dir);
    return OUTCOME_CURRENT;
}

/* How many are named before "and so on". */
enum { NAMED_PENDING_MAX = 20 };

void tell_reasons(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    size_t named = 0;

    warn(work);
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];

        if (entry->state != PLAN_PENDING || entry->is_late || named++ >= NAMED_PENDING_MAX)
            continue;
        log_event(LOG_WARN, LOG_MIGRATION, "migration.not_applied",
                  LOG_FIELDS(log_str("id", entry->id)), "%s/%s is pending",
                  source_folder(work->source, entry->migration), entry->migration->path);
    }
    if (named > NAMED_PENDING_MAX)
        log_line(LOG_WARN, LOG_MIGRATION, "migration.not_applied", "... and %zu more",
                 named - NAMED_PENDING_MAX);
}

void tell_pending(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    size_t total = plan->applied_count + plan->pending_count;

    warn(work);
    log_event(LOG_INFO, LOG_MIGRATION, "migration.pending",
              LOG_FIELDS(log_int("pending", (int64_t)plan->pending_count),
                         log_int("total", (int64_t)total)),
              "%s: %zu of %zu migrations pending in %s", work->source->label, plan->pending_count,
              total, work->source->dir);
}
