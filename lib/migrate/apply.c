#include "migrate/apply.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "formats/resolve.h"
#include "migrate/aftermath.h"
#include "migrate/deliver.h"
#include "migrate/pooler.h"
#include "migrate/watch.h"
#include "sys/clock.h"
#include "sys/log.h"

bool apply_create_history(struct session *session, const struct source *source,
                          const struct history *history, struct error *err)
{
    struct slice sql = history_create_sql(source, history->table, session->arena);
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    if (pg_run(session->conn, sql, &limits, &run, err))
        return true;
    if (strcmp(err->sqlstate, "42501") == 0)
        error_hint(err,
                   "the role may not create the bookkeeping table: grant CREATE on the schema, "
                   "or migrate with another role (MIGRATE_DATABASE_URL)");
    return error_wrap(err, "creating %.*s.%.*s", SLICE_ARG(history->table.schema),
                      SLICE_ARG(history->table.table));
}

bool apply_upgrade(struct session *session, const struct history *history, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct buf sql = buf_in(session->arena);
    struct pg_run run;

    if (pooler_is_between(session)) /* where the lock has begun it, and its holder ends it */
        buf_add(&sql, history->upgrade);
    else
        buf_printf(&sql, "BEGIN;%.*s;COMMIT", SLICE_ARG(history->upgrade));
    if (!pg_run(session->conn, buf_slice(&sql), &limits, &run, err))
        return error_wrap(err, "bringing %.*s.%.*s up to date", SLICE_ARG(history->table.schema),
                          SLICE_ARG(history->table.table));
    log_line(LOG_INFO, LOG_MIGRATION, "history.upgraded",
             "✓ The bookkeeping table is brought up to date, as the tool itself does it");
    return true;
}

/* The first error is the one that is told; that its record could not be written is in the log as
 * well. */
static void record_failure(struct session *session, const struct source *source,
                           const struct history *history, const struct migration *migration,
                           size_t statements_done, const struct error *failure)
{
    char text[1024];
    struct record_request request = {
        .phase = RECORD_FAILED, .failure = text, .statements_done = statements_done};
    struct error err;

    if (failure->code == ERR_CONNECTION)
        return;
    error_format(failure, text, sizeof text);
    if (!deliver_record(session, source, history, migration, &request, &err))
        log_error(LOG_WARN, LOG_MIGRATION, "migration.record", &err);
}

static bool run_without_transaction(struct session *session, const struct source *source,
                                    const struct history *history,
                                    const struct migration *migration,
                                    const struct pg_limits *limits, size_t *statement_count,
                                    struct error *err)
{
    struct record_request request = {.phase = RECORD_STARTED};
    int64_t started_ms = clock_monotonic_ms();
    struct aftermath aftermath;
    char word[160];

    session->ran_outside = true;
    if (!deliver_settings(session, source, limits, err) ||
        !aftermath_begin(&aftermath, session, source, migration, limits, err) ||
        !deliver_record(session, source, history, migration, &request, err))
        return false;
    if (!deliver_callbacks(session, source, migration, CALLBACK_BEFORE_EACH, limits, err) ||
        !deliver_statements(session, source, history, migration, limits, statement_count, err) ||
        !deliver_callbacks(session, source, migration, CALLBACK_AFTER_EACH, limits, err)) {
        record_failure(session, source, history, migration, *statement_count, err);
        aftermath_explain(&aftermath, session, migration, err);
        return false;
    }
    request = (struct record_request){.phase = RECORD_FINISHED,
                                      .duration_ms = clock_monotonic_ms() - started_ms};
    if (deliver_record(session, source, history, migration, &request, err))
        return true;
    resolve_word(migration->id, word, sizeof word);
    error_hint(err, "%s: run `migrinit resolve --%s %s`",
               migration->is_down
                   ? "its down script has run, and its record is still there"
                   : "its statements are applied, its record is not, and they would be run again",
               migration->is_down ? "rolled-back" : "applied", word);
    return false;
}

static bool runs_again_without(const struct session *session, const struct source *source,
                               struct error *err)
{
    if (!(source->format->features & FORMAT_RERUNS_WITHOUT_TRANSACTION) ||
        strcmp(err->sqlstate, "25001") != 0)
        return false;
    return !pooler_is_between(session) || pooler_refuse(err);
}

static bool run_migration(struct session *session, const struct source *source,
                          const struct history *history, const struct migration *migration,
                          const struct pg_limits *limits, size_t *statement_count,
                          struct error *err)
{
    if (migration->is_transactional) {
        if (deliver_transaction(session, source, history, migration, limits, statement_count, err))
            return true;
        if (!runs_again_without(session, source, err))
            return false;
        log_event(
            LOG_INFO, LOG_MIGRATION, "migration.rerun", LOG_FIELDS(log_str("id", migration->id)),
            "%s cannot run in a transaction: rolled back, and run without one", migration->name);
        *err = (struct error){0};
    }
    return run_without_transaction(session, source, history, migration, limits, statement_count,
                                   err);
}

static void log_done(const struct migration *migration, size_t statement_count, int64_t duration_ms)
{
    bool is_down = migration->is_down;

    log_event(LOG_INFO, LOG_MIGRATION, is_down ? "migration.reverted" : "migration.applied",
              LOG_FIELDS(log_str("id", migration->id),
                         log_int("statements", (int64_t)statement_count),
                         log_int("duration_ms", duration_ms)),
              "✓ %s%s (%zu statement%s, %lld ms)", is_down ? "reverted " : "", migration->name,
              statement_count, statement_count == 1 ? "" : "s", (long long)duration_ms);
}

static void log_begun(const struct source *source, const struct migration *migration)
{
    if (migration->note)
        log_event(LOG_WARN, LOG_MIGRATION, "migration.note",
                  LOG_FIELDS(log_str("id", migration->id)), "%s/%s: %s",
                  source_folder(source, migration), migration->path, migration->note);
    if (migration->cut_done)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.resumed",
                  LOG_FIELDS(log_str("id", migration->id),
                             log_int("statements_done", (int64_t)migration->cut_done)),
                  "%s stopped half-way: going on behind the first %zu of its %zu statements",
                  migration->name, migration->cut_done, migration->cut->count);
}

/* One that runs, whichever way, and what is kept of the session meanwhile. */
struct attempt {
    struct pg_limits limits;
    struct watch watch;
    struct arena_mark before;
    int64_t started_ms;
    bool ran_outside;
    size_t statement_count;
};

/* *attempt stays where it is until attempt_end(). */
static void attempt_begin(struct attempt *attempt, const struct session *session,
                          const struct source *source, const struct migration *migration,
                          int64_t deadline_ms)
{
    *attempt = (struct attempt){.limits = session_limits(session, deadline_ms),
                                .before = arena_mark(session->arena),
                                .started_ms = clock_monotonic_ms(),
                                .ran_outside = session->ran_outside};
    watch_begin(&attempt->watch, session, source->step, migration->name);
    attempt->limits.watch = &attempt->watch.watch;
}

/* failure: NULL for success */
static void attempt_end(struct attempt *attempt, struct session *session,
                        const struct migration *migration, struct error *failure)
{
    watch_end(&attempt->watch, failure);
    arena_release(session->arena, attempt->before);
    session->is_touched = true;
    if (failure)
        return;
    session->ran_outside = attempt->ran_outside; /* a whole is no part */
    log_done(migration, attempt->statement_count, clock_monotonic_ms() - attempt->started_ms);
}

bool apply_migration(struct session *session, const struct source *source,
                     const struct history *history, const struct migration *migration,
                     int64_t deadline_ms, struct error *err)
{
    struct attempt attempt;
    bool is_done;

    log_begun(source, migration);
    attempt_begin(&attempt, session, source, migration, deadline_ms);
    is_done = run_migration(session, source, history, migration, &attempt.limits,
                            &attempt.statement_count, err);
    attempt_end(&attempt, session, migration, is_done ? NULL : err);
    return is_done;
}

bool apply_script(struct session *session, const struct source *source,
                  const struct migration *script, int64_t deadline_ms, struct error *err)
{
    struct attempt attempt;
    bool is_done;

    attempt_begin(&attempt, session, source, script, deadline_ms);
    is_done =
        deliver_script(session, source, script, &attempt.limits, &attempt.statement_count, err);
    attempt_end(&attempt, session, script, is_done ? NULL : err);
    return is_done;
}
