#include "migrate/aftermath.h"

#include <stdio.h>
#include <string.h>

#include "formats/directive.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { LOOK_MS = 2000 };

/* Where a stop signal has come the look is still worth its time. */
static struct pg_limits own_limits(void)
{
    return (struct pg_limits){.deadline_ms = clock_monotonic_ms() + LOOK_MS, .stop_fd = -1};
}

static const char *leftover_text(const struct leftover *leftover, struct arena *arena)
{
    if (leftover->is_index)
        return arena_printf(arena, "the invalid index %s", leftover->shown);
    return arena_printf(arena, "the partition %s half detached", leftover->shown);
}

static void warn(const char *name, const struct leftover *leftover, const char *text)
{
    log_event(LOG_WARN, LOG_MIGRATION, "migration.leftover",
              LOG_FIELDS(log_str("name", name), log_str("leftover", leftover->shown),
                         log_str("remedy", leftover->remedy)),
              "%s: %s", name, text);
}

static const char *earlier_text(const struct leftover *leftover, struct arena *arena)
{
    return arena_printf(arena, "an earlier attempt has left %s: %s", leftover_text(leftover, arena),
                        leftover->remedy);
}

/* ---- before a file runs ---- */

static bool drop(struct session *session, const struct migration *migration,
                 const struct leftover *leftover, const struct pg_limits *limits, struct error *err)
{
    struct pg_run run;

    if (!pg_run(session->conn, slice_from(leftover->remedy), limits, &run, err))
        return error_wrap(err, "%s", leftover->remedy);
    log_event(LOG_INFO, LOG_MIGRATION, "migration.leftover_dropped",
              LOG_FIELDS(log_str("name", migration->name), log_str("leftover", leftover->shown)),
              "%s: the invalid index %s is dropped, as the file has it", migration->name,
              leftover->shown);
    return true;
}

static bool drop_all(struct aftermath *aftermath, struct session *session,
                     const struct migration *migration, const struct pg_limits *limits,
                     struct error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < aftermath->before.count; i++) {
        const struct leftover *leftover = &aftermath->before.items[i];

        if (!leftover->is_index || !leftover_is_of(leftover, &aftermath->aims))
            aftermath->before.items[kept++] = *leftover;
        else if (!drop(session, migration, leftover, limits, err))
            return false;
    }
    aftermath->before.count = kept;
    return true;
}

static bool refuse(const struct source *source, const struct migration *migration,
                   const struct leftover *leftover, struct arena *arena, struct error *err)
{
    error_set(err, ERR_MIGRATION, "an earlier attempt has left %s: nothing of the file was run",
              leftover_text(leftover, arena));
    if (leftover->is_index)
        error_hint(err,
                   "run `%s`, then start again; a file with \"-- migrinit: drop-invalid\" at its "
                   "head has that done",
                   leftover->remedy);
    else
        error_hint(err, "run `%s`, then say that the migration is applied: `migrinit resolve`",
                   leftover->remedy);
    return error_wrap(err, "%s/%s", source_folder(source, migration), migration->path);
}

static bool check(const struct aftermath *aftermath, struct session *session,
                  const struct source *source, const struct migration *migration, struct error *err)
{
    const struct leftover *in_the_way = leftover_in_the_way(&aftermath->before, &aftermath->aims);

    if (in_the_way)
        return refuse(source, migration, in_the_way, session->arena, err);
    for (size_t i = 0; i < aftermath->before.count; i++)
        if (leftover_is_of(&aftermath->before.items[i], &aftermath->aims))
            warn(migration->name, &aftermath->before.items[i],
                 earlier_text(&aftermath->before.items[i], session->arena));
    return true;
}

/* A server that does not let us look is no reason not to migrate. */
static bool is_only_unknown(const struct error *err)
{
    if (err->code != ERR_MIGRATION)
        return false;
    log_error(LOG_DEBUG, LOG_MIGRATION, "leftover.unknown", err);
    return true;
}

bool aftermath_begin(struct aftermath *aftermath, struct session *session,
                     const struct source *source, const struct migration *migration,
                     const struct pg_limits *limits, struct error *err)
{
    struct error failure = {0};

    *aftermath = (struct aftermath){.aims = leftover_aims_of(migration, session->arena)};
    if (!aftermath->aims.count)
        return true;
    if (!leftover_look(session->conn, limits, session->arena, &aftermath->before, &failure)) {
        if (is_only_unknown(&failure))
            return true;
        *err = failure;
        return false;
    }
    aftermath->is_known = true;
    return (!directive_drops_invalid(migration->up) ||
            drop_all(aftermath, session, migration, limits, err)) &&
           check(aftermath, session, source, migration, err);
}

/* ---- after its failure ---- */

static void add_hint(struct error *err, const char *text)
{
    char before[sizeof err->hint];

    snprintf(before, sizeof before, "%s", err->hint);
    if (before[0])
        error_hint(err, "%s; %s", text, before);
    else
        error_hint(err, "%s", text);
}

static void name_new(const struct aftermath *aftermath, const struct leftover_list *after,
                     const struct migration *migration, struct arena *arena, struct error *err)
{
    const struct leftover *first = NULL;

    for (size_t i = 0; i < after->count; i++) {
        const struct leftover *leftover = &after->items[i];

        if (leftover_list_has(&aftermath->before, leftover->oid))
            continue;
        first = first ? first : leftover;
        warn(migration->name, leftover,
             arena_printf(arena, "it has left %s: %s", leftover_text(leftover, arena),
                          leftover->remedy));
    }
    if (first)
        add_hint(err, arena_printf(arena, "it has left %s: run `%s` before the next try",
                                   leftover_text(first, arena), first->remedy));
}

void aftermath_explain(const struct aftermath *aftermath, struct session *session,
                       const struct migration *migration, struct error *err)
{
    struct pg_limits limits = own_limits();
    struct leftover_list after;
    struct error unknown = {0};

    if (!aftermath->is_known)
        return;
    if (err->code != ERR_CONNECTION &&
        leftover_look(session->conn, &limits, session->arena, &after, &unknown))
        name_new(aftermath, &after, migration, session->arena, err);
    else
        add_hint(err, "what it has left behind, an invalid index say, `migrinit status` tells");
}

/* ---- in status, verify and resolve ---- */

static bool may_run_outside(const struct source *source, const struct plan_entry *entry)
{
    return entry->migration && (!entry->migration->is_transactional ||
                                (source->format->features & FORMAT_RERUNS_WITHOUT_TRANSACTION));
}

/* Asked once, and only where a file is about something that can be left behind. */
struct looker {
    const struct work *work;
    struct leftover_list list;
    bool has_looked;
};

static const struct leftover_list *look_once(struct looker *looker)
{
    struct pg_limits limits = own_limits();
    struct error failure = {0};

    if (!looker->has_looked && !leftover_look(looker->work->session->conn, &limits,
                                              looker->work->look_arena, &looker->list, &failure))
        log_error(LOG_DEBUG, LOG_MIGRATION, "leftover.unknown", &failure);
    looker->has_looked = true;
    return &looker->list;
}

static void remark_entry(struct looker *looker, const struct plan_entry *entry,
                         struct remark_list *remarks)
{
    struct arena *arena = looker->work->look_arena;
    struct leftover_aims aims = leftover_aims_of(entry->migration, arena);
    const struct leftover_list *list;

    if (!aims.count)
        return;
    list = look_once(looker);
    for (size_t i = 0; i < list->count; i++)
        if (leftover_is_of(&list->items[i], &aims))
            remark_add(remarks, arena,
                       (struct remark){true, arena_printf(arena, "%s: %s", entry->migration->name,
                                                          earlier_text(&list->items[i], arena))});
}

void aftermath_remark(struct work *work)
{
    struct plan *plan = &work->history.plan;
    struct looker looker = {.work = work};

    if (!work->source->format)
        return;
    for (size_t i = 0; i < plan->count; i++)
        if ((plan->entries[i].state == PLAN_PENDING || plan->entries[i].state == PLAN_FAILED) &&
            may_run_outside(work->source, &plan->entries[i]))
            remark_entry(&looker, &plan->entries[i], &plan->remarks);
}

void aftermath_warn(const struct work *work, const char *id)
{
    const struct plan *plan = &work->history.plan;
    struct looker looker = {.work = work};
    struct remark_list remarks = {0};

    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->entries[i].id, id) == 0 &&
            may_run_outside(work->source, &plan->entries[i]))
            remark_entry(&looker, &plan->entries[i], &remarks);
    for (size_t i = 0; i < remarks.count; i++)
        log_event(LOG_WARN, LOG_MIGRATION, "migration.leftover", LOG_FIELDS(log_str("name", id)),
                  "%s", remarks.items[i].text);
}
