#include "migrate/deliver.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "formats/bookkeeping.h"
#include "formats/resolve.h"
#include "migrate/frame.h"
#include "migrate/place.h"
#include "sql/split.h"

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
    struct slice text = migration_text(migration);

    hint_transactional(source, migration, err);
    if (run->error_character > message->characters_before_file &&
        run->error_character <= message->characters_before_file + text.len) {
        offset =
            migration_offset(migration, run->error_character - message->characters_before_file);
    } else if (done < before || !statement_offset(session, migration, done - before, &offset)) {
        error_wrap(err, "%s/%s", source_folder(source, migration), migration->path);
        return;
    }
    place_error(session, source, migration, offset, err);
}

/* history: NULL for a script that is not recorded. */
static bool run_in_one_message(struct session *session, const struct source *source,
                               const struct history *history, const struct migration *migration,
                               const struct pg_limits *limits, size_t *statement_count,
                               struct error *err)
{
    struct sql_name none = {0};
    struct message_frame frame = frame_of(session, source->step);
    struct message message =
        message_compose(history ? source->format : NULL, history ? history->table : none, migration,
                        &frame, session->arena);
    size_t around = message.statements_before_file + message.statements_after_file;
    struct pg_run run = {0};

    if (!pg_run(session->conn, message.sql, limits, &run, err)) {
        explain_transactional(session, source, migration, &message, &run, err);
        return false;
    }
    *statement_count = run.statements_done > around ? run.statements_done - around : 0;
    return true;
}

bool deliver_statement(struct session *session, const struct sql_statement *statement,
                       const struct pg_limits *limits, struct pg_run *run, struct error *err)
{
    if (statement->has_data)
        return pg_copy(session->conn, statement->text, statement->data, limits, run, err);
    return pg_run(session->conn, statement->text, limits, run, err);
}

static bool counts_statements(const struct source *source)
{
    return (source->format->features & FORMAT_COUNTS_STATEMENTS) != 0;
}

static void hint_half_done(const struct source *source, const struct migration *migration,
                           size_t done, struct error *err)
{
    bool goes_on = counts_statements(source);
    char text[256];

    snprintf(text, sizeof text,
             "the file runs without a transaction: the %zu statement%s before this one stay%s "
             "applied%s",
             done, done == 1 ? "" : "s", done == 1 ? "s" : "",
             goes_on ? "; the next start goes on with this one, or put the schema right by hand"
                     : "");
    if (goes_on)
        resolve_hint(err, text, migration->id, true);
    else
        error_hint(err, "%s", text);
}

static void explain_statement(const struct session *session, const struct source *source,
                              const struct migration *migration,
                              const struct sql_statements *statements, size_t index,
                              const struct pg_run *run, struct error *err)
{
    const struct sql_statement *statement = &statements->items[index];
    size_t offset = migration_statement_offset(migration, statement, run->error_character);

    if (migration->cut_done + index > 0 && err->hint[0] == '\0' && !migration->is_transactional)
        hint_half_done(source, migration, migration->cut_done + index, err);
    place_error(session, source, migration, offset, err);
}

bool deliver_settings(struct session *session, const struct source *source,
                      const struct pg_limits *limits, struct error *err)
{
    struct slice sql = frame_of_statements(session, source->step);
    struct pg_run run;

    return !sql.len || pg_run(session->conn, sql, limits, &run, err) ||
           error_wrap(err, "restoring the session's settings");
}

bool deliver_record(struct session *session, const struct source *source,
                    const struct history *history, const struct migration *migration,
                    const struct record_request *request, struct error *err)
{
    struct slice record =
        bookkeeping_record(source->format, history->table, migration, request, session->arena);
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

static bool record_statement(struct session *session, const struct source *source,
                             const struct history *history, const struct migration *migration,
                             size_t statements_done, struct error *err)
{
    struct record_request request = {.phase = RECORD_STATEMENT, .statements_done = statements_done};

    return deliver_record(session, source, history, migration, &request, err);
}

bool deliver_statements(struct session *session, const struct source *source,
                        const struct history *history, const struct migration *migration,
                        const struct pg_limits *limits, size_t *statement_count, struct error *err)
{
    struct sql_statements statements = {0};

    if (!migration_split(migration, session->arena, &statements, err))
        return error_wrap(err, "%s/%s", source_folder(source, migration), migration->path);
    for (size_t i = 0; i < statements.count; i++) {
        struct pg_run run = {0};

        if (!deliver_statement(session, &statements.items[i], limits, &run, err)) {
            explain_statement(session, source, migration, &statements, i, &run, err);
            return false;
        }
        *statement_count = i + 1;
        if (history && counts_statements(source) && i + 1 < statements.count &&
            !record_statement(session, source, history, migration, i + 1, err))
            return false;
    }
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
        return deliver_statements(session, source, NULL, script, limits, statement_count, err);
    if (!pg_run(session->conn, migration_text(script), limits, &run, err)) {
        explain_transactional(session, source, script, &nothing_around, &run, err);
        return false;
    }
    *statement_count = run.statements_done;
    return true;
}

/* Those around a migration are not for what undoes it. */
bool deliver_callbacks(struct session *session, const struct source *source,
                       const struct migration *migration, enum callback_event event,
                       const struct pg_limits *limits, struct error *err)
{
    const struct migration_list *list = &source->migrations;
    size_t ignored;

    for (size_t i = 0; i < list->callback_count && !migration->is_down; i++)
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
    struct message_frame frame = frame_of(session, source->step);
    struct slice after =
        message_after(source->format, history->table, migration, &frame, session->arena);

    return send(session, frame.before, limits, err) &&
           deliver_callbacks(session, source, migration, CALLBACK_BEFORE_EACH, limits, err) &&
           run_piece(session, source, migration, limits, statement_count, err) &&
           deliver_callbacks(session, source, migration, CALLBACK_AFTER_EACH, limits, err) &&
           (send(session, after, limits, err) ||
            error_wrap(err, "%s/%s: recording it", source_folder(source, migration),
                       migration->path));
}

static bool has_callbacks_around(const struct source *source)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++)
        if (callback_is_around(&source->migrations.callbacks[i]))
            return true;
    return false;
}

/* Whether a COMMIT in the midst may have kept a part of what then failed. */
static bool is_cut(const struct session *session, const struct source *source,
                   const struct migration *migration)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++)
        if (callback_is_around(&source->migrations.callbacks[i]) &&
            message_is_cut(&source->migrations.callbacks[i].script, session->arena))
            return true;
    return message_is_cut(migration, session->arena);
}

bool deliver_transaction(struct session *session, const struct source *source,
                         const struct history *history, const struct migration *migration,
                         const struct pg_limits *limits, size_t *statement_count, struct error *err)
{
    bool is_in_pieces = migration->has_data || has_callbacks_around(source);

    if ((is_in_pieces ? run_in_pieces : run_in_one_message)(session, source, history, migration,
                                                            limits, statement_count, err))
        return true;
    session->ran_outside |= is_cut(session, source, migration);
    return false;
}

static bool run_script_in_pieces(struct session *session, const struct source *source,
                                 const struct migration *script, const struct pg_limits *limits,
                                 size_t *statement_count, struct error *err)
{
    struct message_frame frame = frame_of(session, source->step);

    return send(session, frame.before, limits, err) &&
           run_piece(session, source, script, limits, statement_count, err) &&
           send(session, frame.after, limits, err);
}

static bool run_script(struct session *session, const struct source *source,
                       const struct migration *script, const struct pg_limits *limits,
                       size_t *statement_count, struct error *err)
{
    if (script->is_transactional && script->has_data)
        return run_script_in_pieces(session, source, script, limits, statement_count, err);
    if (script->is_transactional)
        return run_in_one_message(session, source, NULL, script, limits, statement_count, err);
    return deliver_settings(session, source, limits, err) &&
           deliver_statements(session, source, NULL, script, limits, statement_count, err);
}

bool deliver_script(struct session *session, const struct source *source,
                    const struct migration *script, const struct pg_limits *limits,
                    size_t *statement_count, struct error *err)
{
    if (run_script(session, source, script, limits, statement_count, err))
        return true;
    session->ran_outside |= !script->is_transactional || message_is_cut(script, session->arena);
    return false;
}
