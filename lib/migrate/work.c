#include "migrate/work.h"

#include "base/backoff.h"
#include "migrate/callback.h"
#include "migrate/order.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/log.h"

void work_clear(struct work *work)
{
    arena_free(work->look_arena);
    work->look_arena = NULL;
}

static const struct format_session *describe_session(struct work *work, struct sql_name table)
{
    struct arena *arena = work->session->arena;
    const struct pg_session *pg = pg_conn_session(work->session->conn);
    struct format_session *session = arena_alloc(arena, sizeof *session);
    char time[32];

    clock_wall_format(time, sizeof time);
    time[10] = ' ';
    *session = (struct format_session){
        .database = arena_slice(arena, slice_from(pg->database)),
        .user = arena_slice(arena, slice_from(pg->user)),
        .schema = arena_slice(arena, table.schema),
        .table = table.table,
        .time = arena_slice(arena, (struct slice){time, 19}),
        .directory = slice_from(fs_working_directory(arena)),
    };
    return session;
}

/* Once is enough: another connection of the run is of the same user to the same database. */
static bool bind_source(struct work *work, struct error *err)
{
    const struct format_session *session;
    struct sql_name table;

    if (!work->source->migrations.awaits_session)
        return true;
    if (!history_place(work->session, work->source, &table, err))
        return false;
    session = describe_session(work, table);
    if (!source_bind(work->source, session, work->session->arena, &work->bound, err))
        return false;
    work->bound.migrations.awaits_session = false;
    work->source = &work->bound;
    return true;
}

bool work_look(struct work *work, struct error *err)
{
    arena_free(work->look_arena);
    work->look_arena = arena_new();
    work->history = (struct history){0};
    if (!work->is_bootstrapped &&
        !bootstrap_look(work->session, work->look_arena, &work->bootstrap, err))
        return false;
    if (!bind_source(work, err))
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
    if ((!source->format->check ||
         source->format->check(&source->migrations, &work->history.applied, err)) &&
        order_check(&work->history.plan, migration_list_options(&source->migrations)->out_of_order,
                    err))
        return true;
    return error_wrap(err, "%s", source->dir);
}

bool work_is_pending(struct work *work, bool *answer, struct error *err)
{
    struct error refusal;

    if (!work_look(work, err))
        return false;
    *answer = !work->source->format || work->bootstrap.is_needed ||
              work->history.plan.pending_count > 0 || work->history.upgrade.len > 0 ||
              !work_check(work, &refusal);
    return true;
}

bool work_is_needed(struct work *work, bool *answer, struct error *err)
{
    if (!work_is_pending(work, answer, err))
        return false;
    *answer = *answer || callback_is_of_each_run(work->source);
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
    for (size_t i = 0; i < plan->remarks.count; i++)
        log_event(plan->remarks.items[i].is_warning ? LOG_WARN : LOG_INFO, LOG_MIGRATION,
                  "migration.remark", LOG_FIELDS(log_str("step", work->source->label)), "%s: %s",
                  work->source->label, plan->remarks.items[i].text);
    for (size_t i = 0; i < plan->count && plan->changed_count; i++)
        if (plan->entries[i].state == PLAN_CHANGED)
            log_event(LOG_WARN, LOG_MIGRATION, "migration.changed",
                      LOG_FIELDS(log_str("id", plan->entries[i].id)),
                      "%s/%s was changed after it was applied; the change is not applied",
                      source_folder(work->source, plan->entries[i].migration),
                      plan->entries[i].migration->path);
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

/* What is there already is known once its row is. */
static bool begin_with_rows(struct work *work, struct error *err)
{
    return apply_create_history(work->session, work->source, &work->history, err) &&
           work_look(work, err) && work_check(work, err);
}

static bool run_callbacks(struct work *work, enum callback_event event, struct error *err)
{
    return callback_run(work->session, work->source, event, work->deadline_ms, err);
}

static bool apply_next(struct work *work, const struct migration *migration, size_t done,
                       struct error *err)
{
    session_report_progress(work->session, done, work->history.plan.pending_count, migration->name);
    return session_sleep(work->session, 0, err) &&
           apply_migration(work->session, work->source, &work->history, migration,
                           work->deadline_ms, err);
}

static bool apply_all(struct work *work, struct error *err)
{
    const struct plan *plan = &work->history.plan;
    bool is_versioned = true;
    size_t done = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const struct migration *migration = plan->entries[i].migration;

        if (plan->entries[i].state != PLAN_PENDING)
            continue;
        if (is_versioned && migration->is_repeatable) {
            is_versioned = false;
            if (!run_callbacks(work, CALLBACK_AFTER_VERSIONED, err) ||
                !run_callbacks(work, CALLBACK_BEFORE_REPEATABLES, err))
                return false;
        }
        if (!apply_next(work, migration, done++, err))
            return false;
    }
    return !is_versioned || run_callbacks(work, CALLBACK_AFTER_VERSIONED, err);
}

static bool apply_between_callbacks(struct work *work, struct error *err)
{
    if (!run_callbacks(work, CALLBACK_BEFORE_RUN, err))
        return false;
    if (!apply_all(work, err)) {
        callback_run_after_error(work->session, work->source, err);
        return false;
    }
    return (!work->history.plan.pending_count ||
            run_callbacks(work, CALLBACK_AFTER_APPLIED, err)) &&
           run_callbacks(work, CALLBACK_AFTER_RUN, err);
}

static bool prepare_history(struct work *work, struct error *err)
{
    if (!work->history.has_table &&
        !apply_create_history(work->session, work->source, &work->history, err))
        return false;
    return !work->history.upgrade.len || apply_upgrade(work->session, &work->history, err);
}

static bool apply_pending(struct work *work, struct error *err)
{
    if (!work->history.has_table && history_begins_with_rows(work->source) &&
        !begin_with_rows(work, err))
        return false;
    work->is_current = work->history.has_table && !work->history.upgrade.len &&
                       !work->history.plan.pending_count && !work->bootstrap.is_needed;
    if (!work->is_current)
        tell_pending(work);
    return prepare_history(work, err) && apply_between_callbacks(work, err);
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
