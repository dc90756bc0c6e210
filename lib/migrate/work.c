#include "migrate/work.h"

#include "base/backoff.h"
#include "migrate/apply.h"
#include "migrate/callback.h"
#include "migrate/pooler.h"
#include "migrate/revisions.h"
#include "migrate/rules.h"
#include "migrate/tell.h"
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
    const struct source *source = work->source;
    struct sql_name table;

    if (!source->format || source->options.session)
        return true;
    if (!history_place(work->session, source, &table, err) ||
        !source_bind(source, describe_session(work, table), work->session->arena, &work->bound,
                     err))
        return false;
    work->source = &work->bound;
    return true;
}

static bool look_at_folder(struct work *work, struct error *err)
{
    const struct source *source = work->source;

    if (source->revisions)
        return revisions_look(work->session, source->revisions, work->look_arena, &work->history,
                              err);
    if (!source->format)
        return true;
    if (!history_read(work->session, source, work->look_arena, &work->history, err))
        return false;
    work->guard = guard_look(source, &work->history.plan, work->look_arena);
    return true;
}

bool work_look(struct work *work, struct error *err)
{
    arena_free(work->look_arena);
    work->look_arena = arena_new();
    work->history = (struct history){0};
    work->guard = (struct guard){0};
    work->inputs = (struct inputs_record){.duration_ms = -1};
    if (!work->is_bootstrapped &&
        !bootstrap_look(work->session, work->look_arena, &work->bootstrap, err))
        return false;
    return bind_source(work, err) && look_at_folder(work, err) &&
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

bool work_preflight(struct work *work, struct error *err)
{
    work->preflight = (struct preflight){0};
    return !work->source->format || preflight_look(work->session, work->source, &work->history.plan,
                                                   work->look_arena, &work->preflight, err);
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

    return !source_tells(source) || work_is_pending(work) || work->history.upgrade.len > 0 ||
           callback_is_of_each_run(source) || (source->revisions && !work->history.is_settled);
}

bool work_is_behind(struct work *work, bool *answer, struct error *err)
{
    struct error refusal;

    if (!work_look(work, err) || !check_rules(work, err))
        return false;
    *answer = work->bootstrap.is_needed || work_is_pending(work) || work->history.upgrade.len > 0 ||
              !work_check(work, &refusal);
    return true;
}

bool work_is_needed(struct work *work, bool *answer, struct error *err)
{
    if (!work_is_behind(work, answer, err))
        return false;
    *answer |= work->source->step->command ? work_needs_command(work)
                                           : callback_is_of_each_run(work->source);
    return !*answer || pooler_check(work, err);
}

bool work_was_ahead(const struct work *work, const struct error *err)
{
    return err->code == ERR_MIGRATION && work->source->revisions &&
           plan_is_ahead(&work->history.plan);
}

/* Where the history begins with rows, these say first what of it all is pending. */
static bool awaits_rows(const struct work *work)
{
    return work->source->format && !work->history.has_table &&
           history_begins_with_rows(work->source);
}

/*
 * Once in a run: what its first migrations have made is not seen in what is left of it later. Under
 * the lock: in the midst of another's run what is left is not ours to judge.
 */
static bool check_loss(const struct work *work, struct error *err)
{
    if (work->is_begun || awaits_rows(work) || guard_check(&work->guard, err))
        return true;
    tell_destructive(work);
    return false;
}

/* Once in a run: what of it is done has needed no second look. */
static bool check_extensions(struct work *work, struct error *err)
{
    return awaits_rows(work) || work->is_begun ||
           (work_preflight(work, err) && preflight_check(&work->preflight, err));
}

/* What is there already is known once its row is. */
static bool begin_with_rows(struct work *work, struct error *err)
{
    return apply_create_history(work->session, work->source, &work->history, err) &&
           work_look(work, err) && work_check(work, err) && check_loss(work, err) &&
           check_extensions(work, err);
}

static bool run_callbacks(struct work *work, enum callback_event event, struct error *err)
{
    return callback_run(work->session, work->source, event, work->deadline_ms, err);
}

static bool apply_next(struct work *work, const struct migration *migration, size_t done,
                       struct error *err)
{
    session_report_progress(work->session, done, work->history.plan.pending_count, migration->name);
    work->current_id = migration->id;
    if (!session_sleep(work->session, 0, err) ||
        !apply_migration(work->session, work->source, &work->history, migration, work->deadline_ms,
                         err))
        return false;
    work->done_count++;
    return true;
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
        if (pooler_is_between(work->session))
            return true; /* committed, and the lock with it */
    }
    session_report_progress(work->session, done, plan->pending_count, "");
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
    if (awaits_rows(work) && !begin_with_rows(work, err))
        return false;
    work->is_current = work->history.has_table && !work->history.upgrade.len &&
                       !work->history.plan.pending_count && !work->bootstrap.is_needed;
    if (!work->is_current && !work->is_begun)
        tell_pending(work);
    work->is_begun = true;
    if (!prepare_history(work, err))
        return false;
    if (work->history.upgrade.len && pooler_is_between(work->session))
        return true; /* to be committed before anything else, and the lock with it */
    return apply_between_callbacks(work, err);
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
    session_report_progress(work->session, 1, 1, "");
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
    if (!work_check(work, err) || !check_loss(work, err))
        return false;
    session_arm(work->session);
    if (!work->is_begun)
        work->deadline_ms = deadline_after(clock_monotonic_ms(), work->source->step->timeout_ms);
    if (!check_extensions(work, err))
        return false;
    if (work->bootstrap.is_needed && !bootstrap_objects(work->session, err))
        return false;
    if (work->bootstrap.is_needed && pooler_is_between(work->session))
        return pooler_commit(work->session, err);
    if (work->source->step->command)
        return !work_needs_command(work) || run_command(work, err);
    return apply_pending(work, err) &&
           (!pooler_is_between(work->session) || pooler_commit(work->session, err));
}
