#include "migrate/apply.h"

#include <string.h>

#include "base/buf.h"
#include "migrate/message.h"
#include "migrate/place.h"
#include "sql/split.h"
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

/* The server gave no position (a violated constraint, say): the statement's own start must do. */
static bool statement_offset(const struct session *session, const struct migration *migration,
                             size_t index, size_t *offset)
{
    struct sql_statements statements = {0};
    struct error ignored;

    if (!migration_split(migration, session->arena, &statements, &ignored) ||
        index >= statements.count)
        return false;
    *offset = statements.items[index].offset;
    return true;
}

static void hint_transactional(const struct source *source, struct error *err)
{
    if (err->code == ERR_INTERRUPTED)
        error_hint(err, "it is rolled back; the next start applies it");
    else if (err->code == ERR_CONNECTION)
        error_hint(err, "it is applied whole or not at all; the next start reads which");
    else if (strcmp(err->sqlstate, "25001") == 0 && source->format->no_transaction_mark)
        error_hint(err, "this statement cannot run in a transaction: mark the file with \"%s\"",
                   source->format->no_transaction_mark);
}

static void explain_transactional(const struct session *session, const struct source *source,
                                  const struct migration *migration, const struct message *message,
                                  const struct pg_run *run, struct error *err)
{
    size_t offset, done = run->statements_done, before = message->statements_before_file;
    struct slice text = migration_text(migration);

    hint_transactional(source, err);
    if (run->error_character > message->characters_before_file &&
        run->error_character <= message->characters_before_file + text.len) {
        offset = migration_offset(migration, text,
                                  run->error_character - message->characters_before_file);
    } else if (done < before || !statement_offset(session, migration, done - before, &offset)) {
        error_wrap(err, "%s/%s", source_folder(source, migration), migration->path);
        return;
    }
    place_error(session, source, migration, offset, err);
}

/*
 * A file may leave settings behind, a search_path above all (pg_dump writes one). The next file
 * must find the session as the first one did: putting it right goes ahead of the next BEGIN and
 * costs no round trip.
 */
static struct slice reset_sql(const struct session *session)
{
    return session->is_touched ? pg_conn_reset_sql(session->conn, session->arena) : SLICE("");
}

/* history: NULL for a script that is not recorded. */
static bool run_in_one_message(struct session *session, const struct source *source,
                               const struct history *history, const struct migration *migration,
                               const struct pg_limits *limits, size_t *statement_count,
                               struct error *err)
{
    struct sql_name none = {0};
    struct message message =
        message_compose(history ? source->format : NULL, history ? history->table : none, migration,
                        reset_sql(session), session->arena);
    size_t around = message.statements_before_file + message.statements_after_file;
    struct pg_run run = {0};

    if (!pg_run(session->conn, message.sql, limits, &run, err)) {
        explain_transactional(session, source, migration, &message, &run, err);
        return false;
    }
    *statement_count = run.statements_done > around ? run.statements_done - around : 0;
    return true;
}

bool apply_statement(struct session *session, const struct sql_statement *statement,
                     const struct pg_limits *limits, struct pg_run *run, struct error *err)
{
    if (statement->has_data)
        return pg_copy(session->conn, statement->text, statement->data, limits, run, err);
    return pg_run(session->conn, statement->text, limits, run, err);
}

static void explain_statement(const struct session *session, const struct source *source,
                              const struct migration *migration,
                              const struct sql_statements *statements, size_t index,
                              const struct pg_run *run, struct error *err)
{
    const struct sql_statement *statement = &statements->items[index];
    size_t offset = migration_offset(migration, statement->text, run->error_character);

    if (index > 0 && err->hint[0] == '\0' && !migration->is_transactional)
        error_hint(err,
                   "the file runs without a transaction: the %zu statement%s before this one "
                   "stay%s applied",
                   index, index == 1 ? "" : "s", index == 1 ? "s" : "");
    place_error(session, source, migration, offset, err);
}

static bool run_reset(struct session *session, const struct pg_limits *limits, struct error *err)
{
    struct pg_run run;

    if (pg_run(session->conn, pg_conn_reset_sql(session->conn, session->arena), limits, &run, err))
        return true;
    return error_wrap(err, "restoring the session's settings");
}

static bool run_statements(struct session *session, const struct source *source,
                           const struct migration *migration, const struct pg_limits *limits,
                           size_t *statement_count, struct error *err)
{
    struct sql_statements statements = {0};

    if (!migration_split(migration, session->arena, &statements, err))
        return error_wrap(err, "%s/%s", source_folder(source, migration), migration->path);
    for (size_t i = 0; i < statements.count; i++) {
        struct pg_run run = {0};

        if (!apply_statement(session, &statements.items[i], limits, &run, err)) {
            explain_statement(session, source, migration, &statements, i, &run, err);
            return false;
        }
    }
    *statement_count = statements.count;
    return true;
}

static bool send(struct session *session, struct slice sql, const struct pg_limits *limits,
                 struct error *err)
{
    struct pg_run run;

    return pg_run(session->conn, sql, limits, &run, err);
}

/* Inside a transaction that is begun: the whole text, and nothing around it. Data goes with its
 * statement only. */
static bool run_piece(struct session *session, const struct source *source,
                      const struct migration *script, const struct pg_limits *limits,
                      size_t *statement_count, struct error *err)
{
    const struct message nothing_around = {0};
    struct pg_run run = {0};

    if (script->has_data)
        return run_statements(session, source, script, limits, statement_count, err);
    if (!pg_run(session->conn, migration_text(script), limits, &run, err)) {
        explain_transactional(session, source, script, &nothing_around, &run, err);
        return false;
    }
    *statement_count = run.statements_done;
    return true;
}

static bool run_callback_pieces(struct session *session, const struct source *source,
                                enum callback_event event, const struct pg_limits *limits,
                                struct error *err)
{
    const struct migration_list *list = &source->migrations;
    size_t ignored;

    for (size_t i = 0; i < list->callback_count; i++)
        if (list->callbacks[i].event == event &&
            !run_piece(session, source, &list->callbacks[i].script, limits, &ignored, err))
            return false;
    return true;
}

/* What comes around each migration is in its transaction: a message for each piece, then. */
static bool run_in_pieces(struct session *session, const struct source *source,
                          const struct history *history, const struct migration *migration,
                          const struct pg_limits *limits, size_t *statement_count,
                          struct error *err)
{
    struct slice before = message_before(reset_sql(session), session->arena);
    struct slice after = message_after(source->format, history->table, migration, session->arena);

    return send(session, before, limits, err) &&
           run_callback_pieces(session, source, CALLBACK_BEFORE_EACH, limits, err) &&
           run_piece(session, source, migration, limits, statement_count, err) &&
           run_callback_pieces(session, source, CALLBACK_AFTER_EACH, limits, err) &&
           (send(session, after, limits, err) ||
            error_wrap(err, "%s/%s: recording it", source_folder(source, migration),
                       migration->path));
}

static bool has_callbacks_around(const struct source *source)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++)
        if (source->migrations.callbacks[i].event == CALLBACK_BEFORE_EACH ||
            source->migrations.callbacks[i].event == CALLBACK_AFTER_EACH)
            return true;
    return false;
}

static bool run_transactional(struct session *session, const struct source *source,
                              const struct history *history, const struct migration *migration,
                              const struct pg_limits *limits, size_t *statement_count,
                              struct error *err)
{
    if (migration->has_data || has_callbacks_around(source))
        return run_in_pieces(session, source, history, migration, limits, statement_count, err);
    return run_in_one_message(session, source, history, migration, limits, statement_count, err);
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
    if (session->is_touched && !run_reset(session, limits, err))
        return false;
    if (!run_callback_pieces(session, source, CALLBACK_BEFORE_EACH, limits, err) ||
        !run_statements(session, source, migration, limits, statement_count, err) ||
        !run_callback_pieces(session, source, CALLBACK_AFTER_EACH, limits, err)) {
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
        if (run_transactional(session, source, history, migration, limits, statement_count, err))
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

static bool run_script_in_pieces(struct session *session, const struct source *source,
                                 const struct migration *script, const struct pg_limits *limits,
                                 size_t *statement_count, struct error *err)
{
    return send(session, message_before(reset_sql(session), session->arena), limits, err) &&
           run_piece(session, source, script, limits, statement_count, err) &&
           send(session, SLICE("COMMIT"), limits, err);
}

static bool run_script(struct session *session, const struct source *source,
                       const struct migration *script, const struct pg_limits *limits,
                       size_t *statement_count, struct error *err)
{
    if (script->is_transactional && script->has_data)
        return run_script_in_pieces(session, source, script, limits, statement_count, err);
    if (script->is_transactional)
        return run_in_one_message(session, source, NULL, script, limits, statement_count, err);
    return (!session->is_touched || run_reset(session, limits, err)) &&
           run_statements(session, source, script, limits, statement_count, err);
}

bool apply_script(struct session *session, const struct source *source,
                  const struct migration *script, int64_t deadline_ms, struct error *err)
{
    struct pg_limits limits = session_limits(session, deadline_ms);
    int64_t started_ms = clock_monotonic_ms();
    size_t statement_count = 0;
    bool is_done = run_script(session, source, script, &limits, &statement_count, err);

    session->is_touched = true;
    if (is_done)
        log_applied(script, statement_count, clock_monotonic_ms() - started_ms);
    return is_done;
}
