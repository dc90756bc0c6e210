#include "migrate/apply.h"

#include <string.h>

#include "base/buf.h"
#include "formats/resolve.h"
#include "migrate/frame.h"
#include "migrate/lock_watch.h"
#include "migrate/place.h"
#include "migrate/pooler.h"
#include "sql/split.h"
#include "sys/clock.h"
#include "sys/log.h"

bool apply_create_history(struct session *session, const struct source *source,
                          const struct history *history, struct error *err)
{
    struct slice sql = format_begin_history(source->format, history->table, session->arena);
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

static size_t up_start(const struct migration *migration)
{
    return (size_t)(migration->up.ptr - migration->source.ptr);
}

/* The server gave no position (a violated constraint, say): the statement's own start must do. */
static bool statement_offset(const struct session *session, const struct migration *migration,
                             size_t index, size_t *offset)
{
    struct sql_statements statements = {0};
    struct error ignored;

    if (!migration_split_text(migration, session->arena, &statements, &ignored) ||
        index >= statements.count)
        return false;
    *offset = statements.items[index].offset;
    return true;
}

static const char *no_transaction_mark(const struct format *format, bool is_down)
{
    return is_down && format->no_transaction_mark_down ? format->no_transaction_mark_down
                                                       : format->no_transaction_mark;
}

static void hint_transactional(const struct source *source, const struct migration *migration,
                               struct error *err)
{
    bool is_down = migration->is_down;
    const char *mark = no_transaction_mark(source->format, is_down);

    if (err->code == ERR_INTERRUPTED)
        error_hint(err, "%s",
                   is_down ? "it is rolled back: the migration is still applied"
                           : "it is rolled back; the next start applies it");
    else if (err->code == ERR_CONNECTION)
        error_hint(err, "%s",
                   is_down ? "it is undone whole or not at all; `migrinit status` tells which"
                           : "it is applied whole or not at all; the next start reads which");
    else if (strcmp(err->sqlstate, "25001") == 0 && migration->note)
        error_hint(err, "%s", migration->note);
    else if (strcmp(err->sqlstate, "25001") == 0 && mark)
        error_hint(err, "this statement cannot run in a transaction: mark the file with \"%s\"",
                   mark);
}

static void explain_transactional(const struct session *session, const struct source *source,
                                  const struct migration *migration, const struct message *message,
                                  const struct pg_run *run, struct error *err)
{
    size_t offset, done = run->statements_done, before = message->statements_before_file;

    hint_transactional(source, migration, err);
    if (run->error_character > message->characters_before_file &&
        run->error_character <= message->characters_before_file + migration->up.len) {
        offset = up_start(migration) +
                 sql_offset_of_character(migration_text(migration),
                                         run->error_character - message->characters_before_file);
    } else if (done < before || !statement_offset(session, migration, done - before, &offset)) {
        error_wrap(err, "%s/%s", source->dir, migration->path);
        return;
    }
    place_error(session, source, migration, offset, err);
}

static bool run_transactional(struct session *session, const struct source *source,
                              const struct history *history, const struct migration *migration,
                              const struct pg_limits *limits, size_t *statement_count,
                              struct error *err)
{
    struct message_frame frame = frame_of(session, source->step);
    struct message message =
        message_compose(source->format, history->table, migration, &frame, session->arena);
    size_t around = message.statements_before_file + message.statements_after_file;
    struct pg_run run = {0};

    if (!pg_run(session->conn, message.sql, limits, &run, err)) {
        explain_transactional(session, source, migration, &message, &run, err);
        session->ran_outside = message_is_cut(migration, session->arena);
        return false;
    }
    *statement_count = run.statements_done > around ? run.statements_done - around : 0;
    return true;
}

static bool counts_statements(const struct source *source)
{
    return (source->format->features & FORMAT_COUNTS_STATEMENTS) != 0;
}

static void explain_statement(const struct session *session, const struct source *source,
                              const struct migration *migration,
                              const struct sql_statements *statements, size_t index,
                              const struct pg_run *run, struct error *err)
{
    const struct sql_statement *statement = &statements->items[index];
    size_t within = 0;

    if (run->error_character > 0)
        within = sql_offset_of_character(statement->text, run->error_character);
    if (index > 0 && err->hint[0] == '\0')
        error_hint(err,
                   "the file runs without a transaction: the %zu statement%s before this one "
                   "stay%s applied%s",
                   index, index == 1 ? "" : "s", index == 1 ? "s" : "",
                   counts_statements(source) ? "; the next start goes on with this one" : "");
    place_error(session, source, migration, statement->offset + within, err);
}

static bool prepare_statements(struct session *session, const struct source *source,
                               const struct pg_limits *limits, struct error *err)
{
    struct slice sql = frame_of_statements(session, source->step);
    struct pg_run run;

    return !sql.len || pg_run(session->conn, sql, limits, &run, err) ||
           error_wrap(err, "restoring the session's settings");
}

static bool write_record(struct session *session, const struct source *source,
                         const struct history *history, const struct migration *migration,
                         const struct record_request *request, struct error *err)
{
    struct slice record =
        format_record(source->format, history->table, migration, request, session->arena);
    /* No stop signal may come between what is done and its record. */
    struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    struct buf sql = buf_in(session->arena);
    struct pg_run run;

    if (!record.len)
        return true;
    buf_add_text(&sql, "RESET SESSION AUTHORIZATION;RESET ROLE;");
    buf_add(&sql, record);
    return pg_run(session->conn, buf_slice(&sql), &limits, &run, err) ||
           error_wrap(err, "%s/%s: recording it", source->dir, migration->path);
}

static bool record_statement(struct session *session, const struct source *source,
                             const struct history *history, const struct migration *migration,
                             size_t statements_done, struct error *err)
{
    struct record_request request = {.phase = RECORD_STATEMENT, .statements_done = statements_done};

    return write_record(session, source, history, migration, &request, err);
}

/* *statement_count: how many are done, whether or not that is all. */
static bool run_statements(struct session *session, const struct source *source,
                           const struct history *history, const struct migration *migration,
                           const struct pg_limits *limits, size_t *statement_count,
                           struct error *err)
{
    struct sql_statements statements = {0};

    if (!migration_split(migration, session->arena, &statements, err))
        return error_wrap(err, "%s/%s", source->dir, migration->path);
    if (!prepare_statements(session, source, limits, err))
        return false;
    for (size_t i = 0; i < statements.count; i++) {
        struct pg_run run = {0};

        if (!pg_run(session->conn, statements.items[i].text, limits, &run, err)) {
            explain_statement(session, source, migration, &statements, i, &run, err);
            return false;
        }
        *statement_count = i + 1;
        if (counts_statements(source) && i + 1 < statements.count &&
            !record_statement(session, source, history, migration, i + 1, err))
            return false;
    }
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
    char word[160];

    session->ran_outside = true;
    if (!write_record(session, source, history, migration, &request, err))
        return false;
    if (!run_statements(session, source, history, migration, limits, statement_count, err)) {
        record_failure(session, source, history, migration, *statement_count, err);
        return false;
    }
    request = (struct record_request){.phase = RECORD_FINISHED,
                                      .duration_ms = clock_monotonic_ms() - started_ms};
    if (write_record(session, source, history, migration, &request, err))
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
    return !pg_conn_session(session->conn)->is_pooled || pooler_refuse(err);
}

static bool run_migration(struct session *session, const struct source *source,
                          const struct history *history, const struct migration *migration,
                          const struct pg_limits *limits, size_t *statement_count,
                          struct error *err)
{
    if (migration->is_transactional) {
        if (run_transactional(session, source, history, migration, limits, statement_count, err))
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
                  LOG_FIELDS(log_str("id", migration->id)), "%s/%s: %s", source->dir,
                  migration->path, migration->note);
    if (migration->cut_done)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.resumed",
                  LOG_FIELDS(log_str("id", migration->id),
                             log_int("statements_done", (int64_t)migration->cut_done)),
                  "%s stopped half-way: going on behind the first %zu of its %zu statements",
                  migration->name, migration->cut_done, migration->cut->count);
}

bool apply_migration(struct session *session, const struct source *source,
                     const struct history *history, const struct migration *migration,
                     int64_t deadline_ms, struct error *err)
{
    struct pg_limits limits = session_limits(session, deadline_ms);
    struct arena_mark before = arena_mark(session->arena);
    int64_t started_ms = clock_monotonic_ms();
    struct lock_watch watch;
    size_t statement_count = 0;
    bool is_done;

    log_begun(source, migration);
    lock_watch_begin(&watch, session, source->step, migration->name);
    limits.watch = &watch.watch;
    is_done = run_migration(session, source, history, migration, &limits, &statement_count, err);
    lock_watch_end(&watch, is_done ? NULL : err);
    arena_release(session->arena, before);
    session->is_touched = true;
    session->ran_outside &= !is_done;
    if (is_done)
        log_done(migration, statement_count, clock_monotonic_ms() - started_ms);
    return is_done;
}
