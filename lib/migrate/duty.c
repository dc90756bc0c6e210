#include "migrate/duty.h"

#include "migrate/aftermath.h"
#include "migrate/again.h"
#include "migrate/pooler.h"
#include "migrate/rehearsal.h"
#include "migrate/revert.h"
#include "migrate/tell.h"
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

static bool is_behind(struct session *session, void *context, bool *answer, struct error *err)
{
    (void)session;
    return work_is_behind(context, answer, err);
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

static struct turn turn_of(struct work *work)
{
    return (struct turn){.guarded = guarded_by(work),
                         .timeout_ms = work->session->config->lock_timeout_ms,
                         .takes_lock = true,
                         .tool_keys = tool_keys,
                         .is_needed = is_needed,
                         .context = work};
}

static void end_turn(struct work *work, const struct turn *turn, const struct error *failure)
{
    if (failure && failure->code == ERR_CONNECTION)
        session_close(work->session);
    turn_end(work->session, turn);
}

/* *is_over: nothing is left to be done, here or by another. */
static bool take_turn(struct work *work, struct again *again, bool *is_over, struct error *err)
{
    struct turn turn = turn_of(work);
    bool is_held, is_done;

    if (!turn_wait(work->session, &turn, &is_held, err))
        return false;
    again_tell_recognised(again, work);
    *is_over = !is_held;
    if (!is_held)
        return true;
    is_done = work_do(work, err);
    work->has_changed |= !work->is_current && (is_done || work->is_begun);
    *is_over = is_done && !pooler_is_between(work->session);
    end_turn(work, &turn, is_done ? NULL : err);
    return is_done;
}

static enum outcome migrate(struct work *work, struct error *err)
{
    struct again again = {0};
    bool is_over = false;

    work->session->ran_outside = false; /* what the step before has run is done */
    while (!is_over) {
        if (take_turn(work, &again, &is_over, err))
            continue;
        if (work_was_ahead(work, err))
            break;
        if (!again_prepare(&again, work, err))
            return fail(err);
    }
    *err = (struct error){0};
    return work->has_changed ? OUTCOME_MIGRATED : tell_current(work);
}

/* What people ask for by name is not pending: the history is only read anew each time. */
static bool is_always_needed(struct session *session, void *context, bool *answer,
                             struct error *err)
{
    (void)session;
    *answer = true;
    return work_look(context, err);
}

static enum outcome repair(const struct repair *order, struct work *work, struct error *err)
{
    struct turn turn = turn_of(work);
    bool is_held, is_done;

    turn.is_needed = is_always_needed;
    if (!turn_wait(work->session, &turn, &is_held, err))
        return fail(err);
    is_done = repair_do(work, order, err);
    end_turn(work, &turn, is_done ? NULL : err);
    return is_done ? OUTCOME_CURRENT : fail(err);
}

/* AUTO_MIGRATE=wait */
static enum outcome wait_for_others(struct work *work, struct error *err)
{
    struct turn turn = turn_of(work);
    bool is_held;

    turn.takes_lock = false;
    turn.is_needed = is_behind;
    if (turn_wait(work->session, &turn, &is_held, err))
        return tell_current(work);
    if (err->code == ERR_LOCK_TIMEOUT && !work_check(work, err))
        return fail(err);
    return err->code == ERR_LOCK_TIMEOUT ? OUTCOME_STILL_PENDING : fail(err);
}

/* AUTO_MIGRATE=verify, and the verb */
static enum outcome verify(struct work *work, struct error *err)
{
    if (!session_open(work->session, err) || !work_look(work, err))
        return fail(err);
    if (!work_is_pending(work) && work_check(work, err))
        return tell_current(work);
    if (!work_preflight(work, err))
        return fail(err);
    aftermath_remark(work);
    tell_reasons(work);
    if (!work_check(work, err))
        return fail(err);
    error_set(err, ERR_NOT_CURRENT, "%s: %s", work->source->label, work_pending_text(work));
    error_hint(err, "to verify is not to migrate: run `migrinit migrate` first");
    return fail(err);
}

static enum outcome show_status(struct work *work, struct status *status, struct error *err)
{
    struct error refusal = {0};
    bool is_refused;

    if (!session_open(work->session, err))
        return fail(err);
    if (!work_look(work, err) || !work_preflight(work, err))
        return fail(err);
    aftermath_remark(work);
    is_refused = !work_check(work, &refusal) || !guard_check(&work->guard, &refusal) ||
                 !preflight_check(&work->preflight, &refusal);
    if (is_refused && refusal.code != ERR_MIGRATION && refusal.code != ERR_CONFIG) {
        *err = refusal;
        return fail(err);
    }
    status_add(status, work->source, &work->history, &work->inputs, is_refused ? &refusal : NULL);
    if (is_refused || work_is_pending(work) || work->history.plan.failed_count)
        return OUTCOME_NOT_CURRENT;
    return plan_is_ahead(&work->history.plan) ? OUTCOME_AHEAD : OUTCOME_CURRENT;
}

static enum outcome show_plan(const struct runner_job *job, struct work *work,
                              struct preview *preview, struct error *err)
{
    if (!session_open(work->session, err))
        return fail(err);
    if (!work_look(work, err) || !work_check(work, err) || !work_preflight(work, err))
        return fail(err);
    if (!work->source->format) {
        preview_add_command(preview, work->source, &work->history.plan, work_needs_command(work));
        return OUTCOME_CURRENT;
    }
    if (job->answer == ANSWER_TRY)
        return rehearse(work->session, work->source, &work->history, work->bootstrap.is_needed,
                        preview, err)
                   ? OUTCOME_CURRENT
                   : fail(err);
    preview_add(preview, work->source, &work->history, job->answer == ANSWER_SQL);
    return OUTCOME_CURRENT;
}

/* --- down --- */

static enum outcome show_down(const struct runner_job *job, struct work *work,
                              struct preview *preview, struct error *err)
{
    work->is_bootstrapped = true;
    if (!revert_check_format(work->source, err) || !session_open(work->session, err) ||
        !work_look(work, err) ||
        !revert_preview(work, job->down.count, job->answer == ANSWER_SQL, preview, err))
        return fail(err);
    return OUTCOME_CURRENT;
}

static enum outcome revert(const struct runner_job *job, struct work *work, struct error *err)
{
    struct turn turn = turn_of(work);
    bool is_held, is_done;

    turn.is_needed = is_always_needed;
    work->is_bootstrapped = true; /* nothing is created on the way back */
    if (!revert_check_format(work->source, err) || !turn_wait(work->session, &turn, &is_held, err))
        return fail(err);
    is_done = revert_last(work, job->down.count, err);
    end_turn(work, &turn, is_done ? NULL : err);
    return is_done ? OUTCOME_REVERTED : fail(err);
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
    if (job->duty == DUTY_PLAN && job->down.count)
        return show_down(job, work, &answers->preview, err);
    if (job->duty == DUTY_PLAN)
        return show_plan(job, work, &answers->preview, err);
    if (job->duty == DUTY_DOWN)
        return revert(job, work, err);
    if (job->duty == DUTY_REPAIR)
        return repair(&job->repair, work, err);
    if (job->duty == DUTY_VERIFY)
        mode = AUTO_MIGRATE_VERIFY;
    if (job->duty == DUTY_MIGRATE || mode == AUTO_MIGRATE_TRUE)
        return migrate(work, err);
    if (!source_tells(work->source))
        return skip_command(work);
    return mode == AUTO_MIGRATE_VERIFY ? verify(work, err) : wait_for_others(work, err);
}
