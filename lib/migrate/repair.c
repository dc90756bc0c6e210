#include "migrate/repair.h"

#include <stdio.h>
#include <string.h>

#include "formats/bookkeeping.h"
#include "formats/resolve.h"
#include "migrate/aftermath.h"
#include "migrate/pick.h"
#include "migrate/pooler.h"
#include "sys/log.h"

/* ---- which step ---- */

static bool has_migration(const struct source *source, const char *name)
{
    for (size_t i = 0; i < source->migrations.count; i++)
        if (pick_means(&source->migrations.items[i], name))
            return true;
    return false;
}

static bool is_meant(const struct repair *repair, const struct source *source, bool looks_inside)
{
    if (!source->format)
        return false;
    if (repair->step)
        return strcmp(source->step->name, repair->step) == 0;
    return !looks_inside || (repair->name && has_migration(source, repair->name));
}

static size_t count_meant(const struct repair *repair, const struct source *sources, size_t count,
                          bool looks_inside, size_t *last)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_meant(repair, &sources[i], looks_inside))
            continue;
        *last = i;
        found++;
    }
    return found;
}

/* "--step users, --step orders" */
static void hint_steps(const struct source *sources, size_t count, struct error *err)
{
    char names[256] = "";
    size_t len = 0;

    for (size_t i = 0; i < count && len < sizeof names; i++)
        if (sources[i].format)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s--step %s", len ? ", " : "",
                                    sources[i].step->name[0] ? sources[i].step->name : "''");
    error_hint(err, "say which: %s", names);
}

bool repair_choose_step(const struct repair *repair, const struct source *sources, size_t count,
                        size_t *chosen, struct error *err)
{
    size_t found = count_meant(repair, sources, count, false, chosen);

    if (found > 1)
        found = count_meant(repair, sources, count, true, chosen);
    if (found == 1)
        return true;
    if (count_meant(&(struct repair){.kind = repair->kind}, sources, count, false, chosen) == 0)
        return error_set(err, ERR_USAGE, "no step has a folder whose bookkeeping could be changed");
    if (repair->step)
        error_set(err, ERR_USAGE, "there is no step %s with a folder", repair->step);
    else if (found)
        error_set(err, ERR_USAGE, "several steps have a migration %s", repair->name);
    else
        error_set(err, ERR_USAGE, "there are several steps");
    hint_steps(sources, count, err);
    return false;
}

/* ---- what is to be sent ---- */

/* Kept in the session's arena: the look that found it is looked again. */
struct change {
    const char *id; /* NULL for a baseline */
    const char *name;
    struct slice sql;
};

static bool compose_resolve(const struct work *work, const struct repair *repair,
                            struct change *change, struct error *err)
{
    const struct history *history = &work->history;
    struct arena *arena = work->session->arena;
    const struct plan_entry *entry;
    struct resolve_request request;

    if (!pick_entry(&history->plan, repair->name, &entry, err))
        return false;
    request = pick_request(&history->plan, entry,
                           repair->kind == REPAIR_APPLIED ? RESOLVE_APPLIED : RESOLVE_ROLLED_BACK);
    request.table = history->table;
    request.migrations = &work->source->migrations;
    request.applied = &history->applied;
    change->id = arena_text(arena, slice_from(entry->id));
    change->name = arena_text(arena, slice_from(plan_entry_name(entry)));
    return resolve_compose(work->source->format, &request, arena, &change->sql, err);
}

static bool refuse_rows(const struct history *history, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%.*s.%.*s has rows already: %zu migration%s recorded",
              SLICE_ARG(history->table.schema), SLICE_ARG(history->table.table),
              history->applied.count, history->applied.count == 1 ? " is" : "s are");
    error_hint(err, "a baseline is the beginning of the bookkeeping; single migrations are said to "
                    "be applied with `migrinit resolve --applied NAME`");
    return false;
}

/* What stands in the way of a first run is what a baseline is for. */
static bool check_beginning(const struct work *work, struct error *err)
{
    struct work begun = *work;

    if (work->history.applied.count)
        return refuse_rows(&work->history, err);
    begun.history.applied.obstacle = NULL;
    return work_check(&begun, err);
}

static bool compose_baseline(const struct work *work, const struct repair *repair,
                             struct change *change, struct error *err)
{
    const struct source *source = work->source;
    const struct plan *plan = &work->history.plan;
    bool takes_any = source->format->features & FORMAT_TAKES_ANY_BASELINE;
    const struct plan_entry *last = NULL;
    struct baseline_request request = {.table = work->history.table,
                                       .migrations = &source->migrations};

    if (!check_beginning(work, err) ||
        (repair->name && !(takes_any ? pick_find : pick_entry)(plan, repair->name, &last, err)))
        return false;
    if (last)
        request.last = last->migration;
    else
        request.name = repair->name;
    return baseline_compose(source->format, &request, work->session->arena, &change->sql, err);
}

/* ---- sending it ---- */

static const char violated_constraint[] = "23";

static bool send_text(struct session *session, struct slice sql, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    return pg_run(session->conn, sql, &limits, &run, err);
}

static bool is_as_said(const struct plan *plan, const struct repair *repair, const char *id)
{
    const struct plan_entry *entry = NULL;
    struct error ignored;

    if (!pick_find(plan, id, &entry, &ignored))
        return false;
    if (repair->kind == REPAIR_ROLLED_BACK)
        return !entry || entry->state == PLAN_PENDING;
    return entry && (entry->state == PLAN_APPLIED || entry->state == PLAN_CHANGED);
}

static void hint_obstacle(struct error *err)
{
    error_hint(err, "this is how it would be, so nothing was changed: without any row the tool "
                    "begins only where there are no tables");
}

static void hint_order(struct error *err)
{
    error_hint(err,
               "this is how it would be, so nothing was changed: what comes before it is to be "
               "said applied first, or what comes after it rolled back");
}

/* Before COMMIT: it came out as it was said, and the tool does not refuse more than before. */
static bool check_result(struct work *work, const struct repair *repair,
                         const struct change *change, bool was_refused, struct error *err)
{
    if (!work_look(work, err))
        return false;
    if (change->id && !is_as_said(&work->history.plan, repair, change->id)) {
        error_set(err, ERR_MIGRATION, "the bookkeeping does not show %s as it was said",
                  change->name);
        error_hint(err, "nothing was changed; migrinit status shows what is recorded");
        return false;
    }
    if (was_refused || work_check(work, err))
        return true;
    (work->history.applied.obstacle ? hint_obstacle : hint_order)(err);
    return false;
}

static struct slice begin_text(const struct work *work, const struct change *change)
{
    const struct history *history = &work->history;
    struct buf text = buf_in(work->session->arena);

    if (!pooler_is_between(work->session)) /* where the lock has begun it */
        buf_add_text(&text, "BEGIN;\n");
    if (!history->has_table) {
        buf_add(&text, bookkeeping_create(work->source->format, history->table, text.arena));
        buf_add_text(&text, ";\n");
    }
    if (history->upgrade.len)
        buf_printf(&text, "%.*s;\n", SLICE_ARG(history->upgrade));
    buf_add(&text, change->sql);
    return buf_slice(&text);
}

static bool send_change(struct work *work, const struct repair *repair, const struct change *change,
                        struct error *err)
{
    struct error refusal = {0}, ignored;
    bool was_refused = !work_check(work, &refusal);

    session_arm(work->session);
    if (!send_text(work->session, begin_text(work, change), err)) {
        if (strncmp(err->sqlstate, violated_constraint, 2) == 0)
            hint_order(err); /* graphile-migrate's chain, say */
        return error_wrap(err, "%.*s.%.*s", SLICE_ARG(work->history.table.schema),
                          SLICE_ARG(work->history.table.table));
    }
    if (check_result(work, repair, change, was_refused, err))
        return send_text(work->session, SLICE("COMMIT"), err);
    if (!send_text(work->session, SLICE("ROLLBACK"), &ignored))
        session_close(work->session);
    return false;
}

static void tell(const struct work *work, const struct repair *repair, const struct change *change)
{
    const char *label = work->source->label;
    size_t count = work->history.plan.pending_count;
    struct error refusal = {0};

    if (repair->kind == REPAIR_BASELINE)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.baseline",
                  LOG_FIELDS(log_int("pending", (int64_t)count)),
                  "✓ %s: the bookkeeping begins in %.*s.%.*s; nothing was run, %zu migration%s "
                  "pending",
                  label, SLICE_ARG(work->history.table.schema),
                  SLICE_ARG(work->history.table.table), count, count == 1 ? " is" : "s are");
    else
        log_event(LOG_INFO, LOG_MIGRATION, "migration.resolved",
                  LOG_FIELDS(log_str("id", change->id)),
                  "✓ %s: %s is recorded as %s; nothing was run", label, change->name,
                  repair->kind == REPAIR_APPLIED ? "applied" : "rolled back");
    if (!work_check(work, &refusal))
        log_error(LOG_WARN, LOG_MIGRATION, "migration.refused", &refusal);
}

bool repair_do(struct work *work, const struct repair *repair, struct error *err)
{
    struct change change = {0};
    bool is_composed = repair->kind == REPAIR_BASELINE
                           ? compose_baseline(work, repair, &change, err)
                           : compose_resolve(work, repair, &change, err);

    if (!is_composed ||
        !history_check_fresh(work->session, work->source, &work->history, work->look_arena, err) ||
        !send_change(work, repair, &change, err))
        return error_wrap(err, "%s", work->source->label);
    tell(work, repair, &change);
    if (change.id)
        aftermath_warn(work, change.id);
    return true;
}
