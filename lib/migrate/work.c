#include "migrate/work.h"

#include "base/backoff.h"
#include "migrate/apply.h"
#include "migrate/pooler.h"
#include "migrate/revisions.h"
#include "migrate/rules.h"
#include "sys/clock.h"
#include "sys/log.h"

void work_clear(struct work *work)
{
    arena_free(work->look_arena);
    work->look_arena = NULL;
}

static bool look_at_folder(struct work *work, struct error *err)
{
    const struct source *source = work->source;

    if (source->revisions)
        return revisions_look(work->session, source->revisions, work->look_arena, &work->history,
                              err);
    return !source->format ||
           history_read(work->session, source, work->look_arena, &work->history, err);
}

bool work_look(struct work *work, struct error *err)
{
    arena_free(work->look_arena);
    work->look_arena = arena_new();
    work->history = (struct history){0};
    work->inputs = (struct inputs_record){.duration_ms = -1};
    if (!work->is_bootstrapped &&
        !bootstrap_look(work->session, work->look_arena, &work->bootstrap, err))
        return false;
    return look_at_folder(work, err) &&
           (!work->source->inputs.file_count ||
            inputs_look(work->session, work->source->step, work->look_arena, &work->inputs, err));
}

static bool check_rules(const struct work *work, struct error *err)
{
    if (!work->source->format || rules_check(&work->history.plan, work->source->step, err))
        return true;
    return error_wrap(err, "%s", work->source->dir);
}

bool work_check(const struct work *work, struct error *err)
{
    const struct source *source = work->source;

    if (!source->format)
        return true;
    if (!history_check_fresh(work->session, source, &work->history, work->look_arena, err))
        return false;
    if (source->format->check &&
        !source->format->check(&source->migrations, &work->history.applied, err))
        return error_wrap(err, "%s", source->dir);
    return check_rules(work, err);
}

static bool has_new_inputs(const struct work *work)
{
    return work->source->inputs.file_count && inputs_differ(&work->source->inputs, &work->inputs);
}

bool work_is_pending(const struct work *work)
{
    return work->history.plan.pending_count > 0 || has_new_inputs(work);
}

const char *work_pending_text(const struct work *work)
{
    size_t pending = work->history.plan.pending_count;

    if (pending)
        return arena_printf(work->session->arena, "%zu pending in %s", pending, work->source->dir);
    return work->inputs.hash ? "its inputs have changed since its last success"
                             : "it has not succeeded yet";
}

bool work_needs_command(const struct work *work)
{
    const struct source *source = work->source;

    return !source_tells(source) || work_is_pending(work) ||
           (source->revisions && !work->history.is_settled);
}

bool work_is_behind(struct work *work, bool *answer, struct error *err)
{
    struct error refusal;

    if (!work_look(work, err) || !check_rules(work, err))
        return false;
    *answer = work->bootstrap.is_needed || work_is_pending(work) || !work_check(work, &refusal);
    return true;
}

bool work_is_needed(struct work *work, bool *answer, struct error *err)
{
    if (!work_is_behind(work, answer, err))
        return false;
    *answer |= work->source->step->command && work_needs_command(work);
    return !*answer || pooler_check(work, err);
}

bool work_was_ahead(const struct work *work, const struct error *err)
{
    return err->code == ERR_MIGRATION && work->source->revisions &&
           plan_is_ahead(&work->history.plan);
}

static void warn_of_entry(const struct work *work, const struct plan_entry *entry)
{
    const struct source *source = work->source;

    if (entry->state == PLAN_CHANGED)
        log_event(
            LOG_WARN, LOG_MIGRATION, "migration.changed", LOG_FIELDS(log_str("id", entry->id)),
            "%s/%s%s was changed after it was applied; the change is not applied", source->dir,
            entry->migration->path,
            source->format->features & FORMAT_SUMS_ARE_RUNNING ? ", or a file before it," : "");
    else if (entry->is_late)
        log_event(LOG_WARN, LOG_MIGRATION, "migration.out_of_order",
                  LOG_FIELDS(log_str("id", entry->id)),
                  "%s/%s is pending, and a migration that comes after it is applied", source->dir,
                  entry->migration->path);
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
    for (size_t i = 0; i < plan->count; i++)
        warn_of_entry(work, &plan->entries[i]);
    warn_of_missing(work);
    if (plan->skipped_count)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.skipped",
                  LOG_FIELDS(log_int("skipped", (int64_t)plan->skipped_count)),
                  "%s: %zu of %s passed over, as the tool does; `migrinit status` lists what",
                  work->source->label, plan->skipped_count, work->source->dir);
}

static const char *newest_id(const struct plan *plan)
{
    size_t last = plan->count - 1;

    while (last > 0 && !plan->entries[last].is_newer)
        last--;
    return plan->entries[last].id;
}

enum outcome work_tell_current(const struct work *work)
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

void work_tell_reasons(const struct work *work)
{
    const struct plan *plan = &work->history.plan;
    size_t named = 0;

    warn(work);
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];

        if (entry->state != PLAN_PENDING || entry->is_late || named++ >= NAMED_PENDING_MAX)
            continue;
        log_event(LOG_WARN, LOG_MIGRATION, "migration.not_applied",
                  LOG_FIELDS(log_str("id", entry->id)), "%s/%s is pending", work->source->dir,
                  entry->migration->path);
    }
    if (named > NAMED_PENDING_MAX)
        log_line(LOG_WARN, LOG_MIGRATION, "migration.not_applied", "... and %zu more",
                 named - NAMED_PENDING_MAX);
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

    if (!work->is_begun)
        tell_pending(work);
    work->is_begun = true;
    if (!work->history.has_table &&
        !apply_create_history(session, work->source, &work->history, err))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct migration *migration = plan->entries[i].migration;

        if (plan->entries[i].state != PLAN_PENDING)
            continue;
        session_report_progress(session, done++, plan->pending_count, migration->name);
        work->current_id = migration->id;
        if (!session_sleep(session, 0, err) ||
            !apply_migration(session, work->source, &work->history, migration, work->deadline_ms,
                             err))
            return false;
        work->done_count++;
        if (pooler_is_between(session))
            return true; /* committed, and the lock with it */
    }
    return true;
}

static void tell_command(const struct work *work)
{
    const char *line = work->source->step->command;

    if (work->history.plan.pending_count)
        tell_pending(work);
    else if (has_new_inputs(work))
        log_line(LOG_INFO, LOG_MIGRATION, "command.pending", "%s: %s", work->source->label,
                 work_pending_text(work));
    log_event(LOG_INFO, LOG_MIGRATION, "command.started", LOG_FIELDS(log_str("command", line)),
              "Running database migrations: %s", line);
}

static bool launch(struct work *work, struct error *err)
{
    struct session *session = work->session;
    struct command_request request = {
        .shell_line = work->source->step->command,
        .success = work->source->step->success,
        .label = work->source->label,
        .database_url = pg_target_environment(&session->target, session->arena),
        .redactor = &session->target.redactor,
        .deadline_ms = work->deadline_ms,
        .stop_fd = session->stop_fd,
    };

    session_report_progress(session, 0, 1, request.label);
    session->ran_outside = true;
    tell_command(work);
    return session->hooks->run_command(session->hooks->context, &request, err) ||
           error_wrap(err, "%s", request.label);
}

/* A connection that has idled beside a long command may be gone, and what the command did is not.
 */
static bool look_afterwards(struct work *work, struct error *err)
{
    if (work_look(work, err))
        return true;
    if (err->code != ERR_CONNECTION)
        return false;
    *err = (struct error){0};
    session_close(work->session);
    return session_open(work->session, err) && work_look(work, err);
}

/*
 * An exit code of 0 is the command's word, the table another. Of a native format's folder we know
 * the table; Alembic's may be elsewhere, and then asking its folder is of no use.
 */
static bool check_afterwards(struct work *work, struct error *err)
{
    const struct source *source = work->source;

    if (!source_tells(source))
        return true;
    if (!look_afterwards(work, err))
        return false;
    if (!work->history.plan.pending_count)
        return true;
    if (source->format) {
        error_set(err, ERR_MIGRATION, "the command ended with 0, but %s", work_pending_text(work));
        error_hint(err, "if another folder or table is the command's, [migrate] dir and table name "
                        "it; [migrate] probe = off trusts the command");
        return false;
    }
    log_event(LOG_WARN, LOG_MIGRATION, "probe.wrong", LOG_FIELDS(log_str("dir", source->dir)),
              "%s: the command ended with 0, but %s: is its table another one? ([migrate] table; "
              "[migrate] probe = off)",
              source->label, work_pending_text(work));
    return true;
}

static bool run_command(struct work *work, struct error *err)
{
    const struct source *source = work->source;
    bool has_inputs = source->inputs.file_count > 0;
    int64_t started_ms = clock_monotonic_ms(), duration_ms;

    if (has_inputs && !inputs_prepare(work->session, &work->inputs, err))
        return error_wrap(err, "%s", source->label);
    if (!launch(work, err))
        return false;
    duration_ms = clock_monotonic_ms() - started_ms;
    if (!check_afterwards(work, err) ||
        (has_inputs &&
         !inputs_keep(work->session, source->step, &source->inputs, duration_ms, err)))
        return error_wrap(err, "%s", source->label);
    log_line(LOG_INFO, LOG_MIGRATION, "command.finished", "✓ %s", source->label);
    return true;
}

bool work_do(struct work *work, struct error *err)
{
    if (!work_check(work, err))
        return false;
    session_arm(work->session);
    if (!work->is_begun)
        work->deadline_ms = deadline_after(clock_monotonic_ms(), work->source->step->timeout_ms);
    if (work->bootstrap.is_needed && !bootstrap_objects(work->session, err))
        return false;
    if (work->bootstrap.is_needed && pooler_is_between(work->session))
        return pooler_commit(work->session, err);
    if (work->source->step->command)
        return !work_needs_command(work) || run_command(work, err);
    return apply_pending(work, err);
}
