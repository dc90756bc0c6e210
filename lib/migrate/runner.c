#include "migrate/runner.h"

#include "base/backoff.h"
#include "migrate/duty.h"
#include "migrate/revert.h"
#include "migrate/source.h"
#include "pg/wait.h"
#include "sys/clock.h"
#include "sys/log.h"

static enum outcome fail(const struct error *err)
{
    return outcome_of_error(err->code);
}

static enum outcome run_source(const struct runner_job *job, struct session *session,
                               const struct source *source, struct answers *answers,
                               struct error *err)
{
    struct work work = {.session = session,
                        .source = source,
                        .is_bootstrapped = secret_is_set(source->step->url),
                        .deadline_ms = INT64_MAX};
    enum outcome outcome = duty_run(job, &work, answers, err);

    work_clear(&work);
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

/* One step only; its place among the others does not matter. */
static enum outcome run_chosen(const struct runner_job *job, struct session *session,
                               const struct source *sources, struct answers *answers,
                               struct error *err)
{
    size_t chosen;

    if (!repair_choose_step(&job->repair, sources, job->config->step_count, &chosen, err) ||
        !session_for(session, &job->config->steps[chosen], err))
        return fail(err);
    return run_source(job, session, &sources[chosen], answers, err);
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

static bool read_source(const struct config *config, const struct step *step, struct arena *arena,
                        struct source *source, struct error *err)
{
    struct source_facts facts = {.variables = config->variables};
    struct pg_target target;

    if (!pg_target_resolve(config, step, arena, &target, err))
        return false;
    facts.splits_statements = target.dsn.splits_statements;
    return source_read(step, &facts, arena, source, err);
}

static bool read_sources(const struct runner_job *job, struct arena *arena, struct source *sources,
                         struct error *err)
{
    for (size_t i = 0; i < job->config->step_count; i++) {
        const struct step *step = &job->config->steps[i];

        if (!pg_target_is_configured(job->config, step)) {
            error_set(err, ERR_CONFIG, "there are migrations, but no database is configured");
            error_hint(err, "set DATABASE_URL (or DATABASE_URL_FILE, or PGHOST and its kin)");
            return false;
        }
        if (!read_source(job->config, step, arena, &sources[i], err))
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
    struct answers answers = {.preview = preview_in(session)};
    enum outcome outcome;

    if (!read_sources(job, arena, sources, err))
        return fail(err);
    status_init(&answers.status, arena);
    outcome =
        (job->duty == DUTY_REPAIR ? run_chosen : run_sources)(job, session, sources, &answers, err);
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

    session_report(session, PHASE_WAITING);
    if (pg_target_is_configured(job->config, NULL)) {
        if (!pg_target_resolve(job->config, NULL, session->arena, &session->target, err) ||
            !session_open(session, err))
            return fail(err);
        return OUTCOME_WAITED;
    }
    return pg_wait(&request, session->arena, NULL, err) ? OUTCOME_WAITED : fail(err);
}

static bool has_any_source(const struct config *config)
{
    for (size_t i = 0; i < config->step_count; i++)
        if (source_exists(&config->steps[i]))
            return true;
    return false;
}

static bool only_waits(const struct config *config, enum duty duty)
{
    return duty == DUTY_WAIT || (duty == DUTY_RUN && config->auto_migrate == AUTO_MIGRATE_FALSE);
}

bool runner_is_idle(const struct config *config, enum duty duty, enum outcome *outcome)
{
    bool may_wait = duty != DUTY_RUN || config->wait.enabled;

    *outcome = may_wait ? OUTCOME_UNCONFIGURED : OUTCOME_WAITED;
    return only_waits(config, duty) &&
           (!may_wait || (!pg_target_is_configured(config, NULL) && !config->wait.targets.count));
}

/* Whoever asks what there is changes nothing by it. */
static bool only_reads(enum duty duty)
{
    return duty == DUTY_STATUS || duty == DUTY_VERIFY || duty == DUTY_PLAN;
}

static enum outcome run(const struct runner_job *job, struct arena *arena, struct error *err)
{
    const struct config *config = job->config;
    struct session session = {.config = config,
                              .hooks = job->hooks,
                              .arena = arena,
                              .stop_fd = -1,
                              .only_reads = only_reads(job->duty)};
    enum outcome outcome;

    if (runner_is_idle(config, job->duty, &outcome))
        return outcome;
    if (only_waits(config, job->duty))
        outcome = wait_only(job, &session, err);
    else if (!pg_target_is_configured(config, NULL) && !has_any_source(config))
        outcome = OUTCOME_UNCONFIGURED;
    else
        outcome = run_steps(job, &session, err);
    session_close(&session);
    return outcome;
}

/* What is undone is one step's. */
static enum outcome run_down(const struct runner_job *job, struct arena *arena, struct error *err)
{
    struct config config;
    struct runner_job of_step = *job;

    of_step.config = &config;
    return revert_choose_step(job->config, job->down.step, &config, err) ? run(&of_step, arena, err)
                                                                         : fail(err);
}

enum outcome runner_run(const struct runner_job *job, struct arena *arena, struct error *err)
{
    return job->down.count ? run_down(job, arena, err) : run(job, arena, err);
}
