#include "migrate/duty.h"

#include "migrate/rehearsal.h"
#include "migrate/turn.h"
#include "sys/log.h"

static enum outcome fail(const struct error *err)
{
    return outcome_of_error(err->code);
}

static bool is_needed(struct session *session, void *context, bool *answer, struct error *err)
{
    (void)session;
    return work_is_needed(context, answer, err);
}

static bool is_pending(struct session *session, void *context, bool *answer, struct error *err)
{
    (void)session;
    return work_is_pending(context, answer, err);
}

static const char *guarded_by(const struct work *work)
{
    const struct source *source = work->source;

    if (!source->format)
        return arena_printf(work->session->arena, "command %s", source->step->name);
    return arena_printf(work->session->arena, "%s %.*s.%.*s", source->format->name,
                        SLICE_ARG(source->table.schema), SLICE_ARG(source->table.table));
}

/* A real tool that is started at the same time must keep out as well. */
static size_t tool_keys(const struct session *session, void *context,
                        int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    const struct work *work = context;
    const struct format *format = work->source->format;
    struct history_place place = {.database = pg_conn_session(session->conn)->database,
                                  .table = work->history.table};

    return format && format->lock_keys ? format->lock_keys(&place, keys) : 0;
}

static enum outcome migrate(struct work *work, struct error *err)
{
    struct turn turn = {.guarded = guarded_by(work),
                        .timeout_ms = work->session->config->lock_timeout_ms,
                        .takes_lock = true,
                        .tool_keys = tool_keys,
                        .is_needed = is_needed,
                        .context = work};
    bool is_held, is_done;

    if (!turn_wait(work->session, &turn, &is_held, err))
        return fail(err);
    if (!is_held)
        return work_tell_current(work);
    is_done = work_do(work, err);
    if (!is_done && err->code == ERR_CONNECTION)
        session_close(work->session);
    turn_end(work->session, &turn);
    if (is_done && work->is_current)
        return work_tell_current(work);
    return is_done ? OUTCOME_MIGRATED : fail(err);
}

/* AUTO_MIGRATE=wait */
static enum outcome wait_for_others(struct work *work, struct error *err)
{
    struct turn turn = {.guarded = guarded_by(work),
                        .timeout_ms = work->session->config->lock_timeout_ms,
                        .is_needed = is_pending,
                        .context = work};
    bool is_held;

    if (turn_wait(work->session, &turn, &is_held, err))
        return work_tell_current(work);
    if (err->code == ERR_LOCK_TIMEOUT && !work_check(work, err))
        return fail(err);
    return err->code == ERR_LOCK_TIMEOUT ? OUTCOME_STILL_PENDING : fail(err);
}

/* AUTO_MIGRATE=verify */
static enum outcome verify(struct work *work, struct error *err)
{
    size_t pending;

    if (!session_open(work->session, err) || !work_look(work, err) || !work_check(work, err))
        return fail(err);
    pending = work->history.plan.pending_count;
    if (!pending)
        return work_tell_current(work);
    error_set(err, ERR_NOT_CURRENT, "%s: %zu pending in %s", work->source->label, pending,
              work->source->dir);
    error_hint(err, "AUTO_MIGRATE=verify does not migrate: run `migrinit migrate` first");
    return fail(err);
}

static enum outcome show_status(struct work *work, struct status *status, struct error *err)
{
    if (!session_open(work->session, err))
        return fail(err);
    if (!work->source->format) {
        status_add_command(status, work->source);
        return OUTCOME_CURRENT;
    }
    if (!work_look(work, err))
        return fail(err);
    status_add(status, work->source, &work->history);
    if (work->history.plan.pending_count || work->history.plan.failed_count)
        return OUTCOME_NOT_CURRENT;
    return plan_is_ahead(&work->history.plan) ? OUTCOME_AHEAD : OUTCOME_CURRENT;
}

static enum outcome show_plan(const struct runner_job *job, struct work *work,
                              struct preview *preview, struct error *err)
{
    if (!session_open(work->session, err))
        return fail(err);
    if (!work->source->format) {
        preview_add_command(preview, work->source);
        return OUTCOME_CURRENT;
    }
    if (!work_look(work, err) || !work_check(work, err))
        return fail(err);
    if (job->answer == ANSWER_TRY)
        return rehearse(work->session, work->source, &work->history, preview, err) ? OUTCOME_CURRENT
                                                                                   : fail(err);
    preview_add(preview, work->source, &work->history, job->answer == ANSWER_SQL);
    return OUTCOME_CURRENT;
}

static enum outcome skip_command(const struct work *work)
{
    log_event(LOG_INFO, LOG_MIGRATION, "command.skipped",
              LOG_FIELDS(log_str("command", work->source->step->command)),
              "%s: whether this command has anything to do is not known; it is not run here",
              work->source->label);
    return OUTCOME_CURRENT;
}

enum outcome duty_run(const struct runner_job *job, struct work *work, struct answers *answers,
                      struct error *err)
{
    enum auto_migrate mode = job->config->auto_migrate;

    if (job->duty == DUTY_STATUS)
        return show_status(work, &answers->status, err);
    if (job->duty == DUTY_PLAN)
        return show_plan(job, work, &answers->preview, err);
    if (job->duty == DUTY_MIGRATE || mode == AUTO_MIGRATE_TRUE)
        return migrate(work, err);
    if (!work->source->format)
        return skip_command(work);
    return mode == AUTO_MIGRATE_VERIFY ? verify(work, err) : wait_for_others(work, err);
}
