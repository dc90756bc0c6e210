#include "migrate/apply.h"

#include <string.h>

#include "base/buf.h"
#include "migrate/deliver.h"
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

    buf_printf(&sql, "BEGIN;%.*s;COMMIT", SLICE_ARG(history->upgrade));
    if (!pg_run(session->conn, buf_slice(&sql), &limits, &run, err))
        return error_wrap(err, "bringing %.*s.%.*s up to date", SLICE_ARG(history->table.schema),
                          SLICE_ARG(history->table.table));
    log_line(LOG_INFO, LOG_MIGRATION, "history.upgraded",
             "✓ The bookkeeping table is brought up to date, as the tool itself does it");
    return true;
}

static bool write_record(struct session *session, const struct source *source,
                         const struct history *history, const struct migration *migration,
                         const struct record_request *request, struct error *err)
{
    struct slice record =
        source->format->record(history->table, migration, request, session->arena);
    /* No stop signal may come between what is done and its record. */
    struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    struct buf sql = buf_in(session->arena);
    struct pg_run run;

    if (!record.len)
        return true;
    buf_add_text(&sql, "RESET SESSION AUTHORIZATION;RESET ROLE;");
    buf_add(&sql, record);
    return pg_run(session->conn, buf_slice(&sql), &limits, &run, err) ||
           error_wrap(err, "%s/%s: recording it", source_folder(source, migration),
                      migration->path);
}

/* The first error is the one that is told; that its record could not be written is in the log as
 * well. */
static void record_failure(struct session *session, const struct source *source,
                           const struct history *history, const struct migration *migration,
                           const struct error *failure)
{
    char text[1024];
    struct record_request request = {.phase = RECORD_FAILED, .failure = text};
    struct error err;

    if (failure->code == ERR_CONNECTION)
        return;
    error_format(failure, text, sizeof text);
    if (!write_record(session, source, history, migration, &request, &err))
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

    if (!write_record(session, source, history, migration, &request, err))
        return false;
    if (session->is_touched && !deliver_reset(session, limits, err))
        return false;
    if (!deliver_callbacks(session, source, CALLBACK_BEFORE_EACH, limits, err) ||
        !deliver_statements(session, source, migration, limits, statement_count, err) ||
        !deliver_callbacks(session, source, CALLBACK_AFTER_EACH, limits, err)) {
        record_failure(session, source, history, migration, err);
        return false;
    }
    request = (struct record_request){.phase = RECORD_FINISHED,
                                      .duration_ms = clock_monotonic_ms() - started_ms};
    if (write_record(session, source, history, migration, &request, err))
        return true;
    error_hint(err, "its statements are applied, its record is not: they will be run again unless "
                    "you record it by hand");
    return false;
}

static bool runs_again_without(const struct source *source, const struct error *err)
{
    return (source->format->features & FORMAT_RERUNS_WITHOUT_TRANSACTION) &&
           strcmp(err->sqlstate, "25001") == 0;
}

static bool run_migration(struct session *session, const struct source *source,
                          const struct history *history, const struct migration *migration,
                          const struct pg_limits *limits, size_t *statement_count,
                          struct error *err)
{
    if (migration->is_transactional) {
        if (deliver_transaction(session, source, history, migration, limits, statement_count, err))
            return true;
        if (!runs_again_without(source, err))
            return false;
        log_event(
            LOG_INFO, LOG_MIGRATION, "migration.rerun", LOG_FIELDS(log_str("id", migration->id)),
            "%s cannot run in a transaction: rolled back, and run without one", migration->name);
        *err = (struct error){0};
    }
    return run_without_transaction(session, source, history, migration, limits, statement_count,
                                   err);
}

static void log_applied(const struct migration *migration, size_t statement_count,
                        int64_t duration_ms)
{
    log_event(LOG_INFO, LOG_MIGRATION, "migration.applied",
              LOG_FIELDS(log_str("id", migration->id),
                         log_int("statements", (int64_t)statement_count),
                         log_int("duration_ms", duration_ms)),
              "✓ %s (%zu statement%s, %lld ms)", migration->name, statement_count,
              statement_count == 1 ? "" : "s", (long long)duration_ms);
}

bool apply_migration(struct session *session, const struct source *source,
                     const struct history *history, const struct migration *migration,
                     int64_t deadline_ms, struct error *err)
{
    struct pg_limits limits = session_limits(session, deadline_ms);
    int64_t started_ms = clock_monotonic_ms();
    size_t statement_count = 0;
    bool is_applied =
        run_migration(session, source, history, migration, &limits, &statement_count, err);

    session->is_touched = true;
    if (is_applied)
        log_applied(migration, statement_count, clock_monotonic_ms() - started_ms);
    return is_applied;
}

bool apply_script(struct session *session, const struct source *source,
                  const struct migration *script, int64_t deadline_ms, struct error *err)
{
    struct pg_limits limits = session_limits(session, deadline_ms);
    int64_t started_ms = clock_monotonic_ms();
    size_t statement_count = 0;
    bool is_done = deliver_script(session, source, script, &limits, &statement_count, err);

    session->is_touched = true;
    if (is_done)
        log_applied(script, statement_count, clock_monotonic_ms() - started_ms);
    return is_done;
}
