#include "migrate/work.h"

#include "base/backoff.h"
#include "migrate/apply.h"
#include "sys/clock.h"
#include "sys/log.h"

void work_clear(struct work *work)
{
    arena_free(work->look_arena);
    work->look_arena = NULL;
}

bool work_look(struct work *work, struct error *err)
{
    arena_free(work->look_arena);
    work->look_arena = arena_new();
    work->history = (struct history){0};
    if (!work->is_bootstrapped &&
        !bootstrap_look(work->session, work->look_arena, &work->bootstrap, err))
        return false;
    return !work->source->format ||
           history_read(work->session, work->source, work->look_arena, &work->history, err);
}

bool work_check(const struct work *work, struct error *err)
{
    const struct source *source = work->source;

    if (!source->format)
        return true;
    if (!history_check_fresh(work->session, source, &work->history, work->look_arena, err))
        return false;
    if (!source->format->check ||
        source->format->check(&source->migrations, &work->history.applied, err))
        return true;
    return error_wrap(err, "%s", source->dir);
}

bool work_is_needed(struct work *work, bool *answer, struct error *err)
{
    struct error refusal;

    if (!work_look(work, err))
        return false;
    *answer = !work->source->format || work->bootstrap.is_needed ||
              work->history.plan.pending_count > 0 || !work_check(work, &refusal);
    return true;
}

static void warn(const struct work *work)
{
    const struct plan *plan = &work->history.plan;

    if (work->bootstrap.unavailable)
        log_event(LOG_WARN, LOG_MIGRATION, "db.extension.missing",
                  LOG_FIELDS(log_str("extensions", work->bootstrap.unavailable)),
                  "The server does not have these optional extensions: %s",
                  work->bootstrap.unavailable);
    for (size_t i = 0; i < plan->count && plan->changed_count; i++)
        if (plan->entries[i].state == PLAN_CHANGED)
            log_event(LOG_WARN, LOG_MIGRATION, "migration.changed",
                      LOG_FIELDS(log_str("id", plan->entries[i].id)),
                      "%s/%s was changed after it was applied; the change is not applied",
                      work->source->dir, plan->entries[i].migration->path);
}

enum outcome work_tell_current(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    const struct source *source = work->source;

    warn(work);
    if (plan_is_ahead(plan)) {
        log_event(LOG_WARN, LOG_MIGRATION, "migration.ahead",
                  LOG_FIELDS(log_int("unknown", (int64_t)plan->unknown_count)),
                  "%s: the database is ahead of %s: %zu applied migration%s not among its files "
                  "(newest: %s)",
                  source->label, source->dir, plan->unknown_count,
                  plan->unknown_count == 1 ? " is" : "s are", plan->entries[plan->count - 1].id);
        return OUTCOME_AHEAD;
    }
    log_event(LOG_INFO, LOG_MIGRATION, "migration.current",
              LOG_FIELDS(log_int("applied", (int64_t)plan->applied_count)),
              "%s: up to date, %zu applied and none pending in %s", source->label,
              plan->applied_count, source->dir);
    return OUTCOME_CURRENT;
}

static void tell_pending(const struct work *work)
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

static bool apply_pending(struct work *work, struct error *err)
{
    const struct plan *plan = &work->history.plan;
    struct session *session = work->session;
    size_t done = 0;

    tell_pending(work);
    if (!work->history.has_table &&
        !apply_create_history(session, work->source, &work->history, err))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct migration *migration = plan->entries[i].migration;

        if (plan->entries[i].state != PLAN_PENDING)
            continue;
        session_report_progress(session, done++, plan->pending_count, migration->name);
        if (!session_sleep(session, 0, err) ||
            !apply_migration(session, work->source, &work->history, migration, work->deadline_ms,
                             err))
            return false;
    }
    session_report_progress(session, done, plan->pending_count, "");
    return true;
}

static bool run_command(struct work *work, struct error *err)
{
    struct session *session = work->session;
    struct command_request request = {
        .shell_line = work->source->step->command,
        .label = work->source->label,
        .database_url = pg_target_environment(&session->target, session->arena),
        .redactor = &session->target.redactor,
        .deadline_ms = work->deadline_ms,
        .stop_fd = session->stop_fd,
    };

    session_report_progress(session, 0, 1, request.label);
    log_event(LOG_INFO, LOG_MIGRATION, "command.started",
              LOG_FIELDS(log_str("command", request.shell_line)), "Running database migrations: %s",
              request.shell_line);
    if (!session->hooks->run_command(session->hooks->context, &request, err))
        return error_wrap(err, "%s", request.label);
    session_report_progress(session, 1, 1, "");
    log_line(LOG_INFO, LOG_MIGRATION, "command.finished", "✓ %s", request.label);
    return true;
}

bool work_do(struct work *work, struct error *err)
{
    if (!work_check(work, err))
        return false;
    session_arm(work->session);
    work->deadline_ms = deadline_after(clock_monotonic_ms(), work->source->step->timeout_ms);
    if (work->bootstrap.is_needed && !bootstrap_objects(work->session, err))
        return false;
    if (work->source->step->command)
        return run_command(work, err);
    return apply_pending(work, err);
}
