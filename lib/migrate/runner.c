#include "migrate/runner.h"

#include "base/backoff.h"
#include "base/buf.h"
#include "migrate/apply.h"
#include "migrate/bootstrap.h"
#include "migrate/preview.h"
#include "migrate/rehearsal.h"
#include "migrate/source.h"
#include "migrate/status.h"
#include "migrate/turn.h"
#include "pg/wait.h"
#include "sys/clock.h"
#include "sys/log.h"

/* One step at work: what it brings, and the last look at what the database has of it. */
struct work {
    struct session *session;
    const struct source *source;
    struct arena *look_arena; /* of the last look; a waiter looks for hours without growing */
    struct history history;
    struct bootstrap bootstrap;
    bool is_bootstrapped; /* extensions and schemas are the main database's, not another's */
    int64_t deadline_ms;
};

/* What the steps have to say, put together for standard output. */
struct answers {
    struct status status;
    struct preview preview;
};

static bool look(struct work *work, struct error *err)
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

/* What the tool refuses to go on with, we refuse; and a database that another tool has kept. */
static bool check(const struct work *work, struct error *err)
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

/*
 * A command without a folder cannot tell whether it has something to do. What the tool refuses may
 * be another's migration at work, which is dirty until it ends: only who holds the lock knows.
 */
static bool is_needed(struct session *session, void *context, bool *answer, struct error *err)
{
    struct work *work = context;
    struct error refusal;

    (void)session;
    if (!look(work, err))
        return false;
    *answer = !work->source->format || work->bootstrap.is_needed ||
              work->history.plan.pending_count > 0 || !check(work, &refusal);
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

static enum outcome tell_current(const struct work *work)
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
    log_line(LOG_INFO, LOG_MIGRATION, "command.finished", "✓ %s", request.label);
    return true;
}

/* Everything that changes the database happens below here, under the lock. */
static bool do_work(struct work *work, struct error *err)
{
    if (!check(work, err))
        return false;
    session_arm(work->session);
    work->deadline_ms = deadline_after(clock_monotonic_ms(), work->source->step->timeout_ms);
    if (work->bootstrap.is_needed && !bootstrap_objects(work->session, err))
        return false;
    if (work->source->step->command)
        return run_command(work, err);
    return apply_pending(work, err);
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

static enum outcome fail(const struct error *err)
{
    return outcome_of_error(err->code);
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
        return tell_current(work);
    is_done = do_work(work, err);
    if (!is_done && err->code == ERR_CONNECTION)
        session_close(work->session);
    turn_end(work->session, &turn);
    return is_done ? OUTCOME_MIGRATED : fail(err);
}

/* AUTO_MIGRATE=wait */
static enum outcome wait_for_others(struct work *work, struct error *err)
{
    struct turn turn = {.guarded = guarded_by(work),
                        .timeout_ms = work->session->config->lock_timeout_ms,
                        .is_needed = is_needed,
                        .context = work};
    bool is_held;

    if (turn_wait(work->session, &turn, &is_held, err))
        return tell_current(work);
    if (err->code == ERR_LOCK_TIMEOUT && !check(work, err))
        return fail(err);
    return err->code == ERR_LOCK_TIMEOUT ? OUTCOME_STILL_PENDING : fail(err);
}

/* AUTO_MIGRATE=verify */
static enum outcome verify(struct work *work, struct error *err)
{
    size_t pending;

    if (!session_open(work->session, err) || !look(work, err) || !check(work, err))
        return fail(err);
    pending = work->history.plan.pending_count;
    if (!pending)
        return tell_current(work);
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
    if (!look(work, err))
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
    if (!look(work, err) || !check(work, err))
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

static enum outcome run_work(const struct runner_job *job, struct work *work,
                             struct answers *answers, struct error *err)
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

static enum outcome run_source(const struct runner_job *job, struct session *session,
                               const struct source *source, struct answers *answers,
                               struct error *err)
{
    struct work work = {.session = session,
                        .source = source,
                        .is_bootstrapped = secret_is_set(source->step->url),
                        .deadline_ms = INT64_MAX};
    enum outcome outcome = run_work(job, &work, answers, err);

    arena_free(work.look_arena);
    return outcome;
}

/* The worse of two steps' outcomes: a change is more than none, not being current is more than
 * either. */
static enum outcome combine(enum outcome sum, enum outcome next)
{
    static const enum outcome by_weight[] = {OUTCOME_CURRENT, OUTCOME_MIGRATED, OUTCOME_AHEAD,
                                             OUTCOME_NOT_CURRENT};

    for (size_t i = COUNT_OF(by_weight); i-- > 0;)
        if (sum == by_weight[i] || next == by_weight[i])
            return by_weight[i];
    return next;
}

static bool goes_on(enum outcome outcome, enum duty duty)
{
    return outcome_exit_code(outcome) == 0 ||
           (duty == DUTY_STATUS && outcome == OUTCOME_NOT_CURRENT);
}

/* A step with a URL of its own gets a session of its own; the others share one. */
static bool session_for(struct session *session, const struct step *step, struct error *err)
{
    session_close(session);
    return pg_target_resolve(session->config, step, session->arena, &session->target, err);
}

static enum outcome run_sources(const struct runner_job *job, struct session *session,
                                const struct source *sources, struct answers *answers,
                                struct error *err)
{
    const struct config *config = job->config;
    enum outcome sum = OUTCOME_CURRENT;

    for (size_t i = 0; i < config->step_count; i++) {
        bool is_own = secret_is_set(config->steps[i].url);
        bool was_own = i > 0 && secret_is_set(config->steps[i - 1].url);
        enum outcome outcome;

        if ((i == 0 || is_own || was_own) && !session_for(session, &config->steps[i], err))
            return fail(err);
        outcome = run_source(job, session, &sources[i], answers, err);
        if (!goes_on(outcome, job->duty))
            return outcome;
        sum = combine(sum, outcome);
    }
    return sum;
}

static bool read_sources(const struct runner_job *job, struct arena *arena, struct source *sources,
                         struct error *err)
{
    for (size_t i = 0; i < job->config->step_count; i++) {
        if (!pg_target_is_configured(job->config, &job->config->steps[i])) {
            error_set(err, ERR_CONFIG, "there are migrations, but no database is configured");
            error_hint(err, "set DATABASE_URL (or DATABASE_URL_FILE, or PGHOST and its kin)");
            return false;
        }
        if (!source_read(&job->config->steps[i], arena, &sources[i], err))
            return false;
    }
    return true;
}

static bool answer(const struct runner_job *job, const struct answers *answers, struct error *err)
{
    struct slice text;

    if (job->duty == DUTY_STATUS)
        text = status_text(&answers->status, job->answer == ANSWER_JSON);
    else if (job->duty == DUTY_PLAN)
        text = preview_text(&answers->preview);
    else
        return true;
    return job->hooks->answer(job->hooks->context, text, err);
}

static enum outcome run_steps(const struct runner_job *job, struct session *session,
                              struct error *err)
{
    struct arena *arena = session->arena;
    struct source *sources = arena_array(arena, job->config->step_count, sizeof *sources);
    struct answers answers = {.preview = preview_in(arena)};
    enum outcome outcome;

    if (!read_sources(job, arena, sources, err))
        return fail(err);
    status_init(&answers.status, arena);
    outcome = run_sources(job, session, sources, &answers, err);
    if (goes_on(outcome, job->duty) && !answer(job, &answers, err))
        outcome = fail(err);
    status_clear(&answers.status);
    if (outcome == OUTCOME_MIGRATED)
        log_line(LOG_INFO, LOG_MIGRATION, "migration.completed",
                 "✓ Migrations completed successfully");
    return outcome;
}

static enum outcome wait_only(const struct runner_job *job, struct session *session,
                              struct error *err)
{
    const struct wait_config *wait = &job->config->wait;
    struct pg_wait_request request = {
        .limits = wait, .deadline_ms = deadline_after(clock_monotonic_ms(), wait->timeout_ms)};

    if (job->duty == DUTY_RUN && !wait->enabled)
        return OUTCOME_WAITED;
    session_report(session, PHASE_WAITING);
    if (pg_target_is_configured(job->config, NULL)) {
        if (!pg_target_resolve(job->config, NULL, session->arena, &session->target, err) ||
            !session_open(session, err))
            return fail(err);
        return OUTCOME_WAITED;
    }
    if (!wait->targets.count)
        return OUTCOME_UNCONFIGURED;
    return pg_wait(&request, session->arena, NULL, err) ? OUTCOME_WAITED : fail(err);
}

static bool has_any_source(const struct config *config)
{
    for (size_t i = 0; i < config->step_count; i++)
        if (source_exists(&config->steps[i]))
            return true;
    return false;
}

enum outcome runner_run(const struct runner_job *job, struct arena *arena, struct error *err)
{
    const struct config *config = job->config;
    struct session session = {.config = config, .hooks = job->hooks, .arena = arena, .stop_fd = -1};
    bool only_waits = job->duty == DUTY_WAIT ||
                      (job->duty == DUTY_RUN && config->auto_migrate == AUTO_MIGRATE_FALSE);
    enum outcome outcome;

    if (only_waits)
        outcome = wait_only(job, &session, err);
    else if (!pg_target_is_configured(config, NULL) && !has_any_source(config))
        outcome = OUTCOME_UNCONFIGURED;
    else
        outcome = run_steps(job, &session, err);
    session_close(&session);
    return outcome;
}
