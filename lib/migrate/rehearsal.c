#include "migrate/rehearsal.h"

#include "base/duration.h"
#include "migrate/bootstrap.h"
#include "migrate/deliver.h"
#include "migrate/place.h"
#include "sql/split.h"
#include "sys/clock.h"

/* The locks of this session that keep anybody waiting: reading alone takes none that matters. */
static const char locks_sql[] =
    "SELECT pg_catalog.string_agg(DISTINCT l.mode || ' on ' || "
    "l.relation::pg_catalog.regclass::text, ', ') "
    "FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation "
    "WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted "
    "AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') "
    "AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace";

struct rehearsal {
    struct session *session;
    const struct source *source;
    struct preview *preview;
};

static bool run_text(struct session *session, struct slice sql, struct pg_run *run,
                     struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);

    return pg_run(session->conn, sql, &limits, run, err);
}

static bool try_statement(struct rehearsal *rehearsal, const struct migration *migration,
                          const struct sql_statement *statement, struct error *err)
{
    int64_t started_ms = clock_monotonic_ms();
    char summary[64], duration[32];
    struct pg_limits limits = session_limits(rehearsal->session, INT64_MAX);
    struct pg_run run = {0};

    if (!deliver_statement(rehearsal->session, statement, &limits, &run, err)) {
        place_error(rehearsal->session, rehearsal->source, migration,
                    migration_statement_offset(migration, statement, run.error_character), err);
        return false;
    }
    sql_summary(statement->text, summary, sizeof summary);
    duration_format(clock_monotonic_ms() - started_ms, duration, sizeof duration);
    buf_printf(&rehearsal->preview->text, "%10s  line %-4u %s\n", duration,
               sql_position_at(migration->source, statement->offset).line, summary);
    return true;
}

static bool tell_locks(struct rehearsal *rehearsal, struct error *err)
{
    struct session *session = rehearsal->session;
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct rowset rows;

    if (!pg_query(session->conn, slice_from(locks_sql), &limits, session->arena, &rows, err))
        return error_wrap(err, "reading the locks");
    if (!rowset_is_null(&rows, 0, 0))
        buf_printf(&rehearsal->preview->text, "            held so far: %.*s\n",
                   SLICE_ARG(rowset_get(&rows, 0, 0)));
    return true;
}

static bool try_migration(struct rehearsal *rehearsal, const struct migration *migration,
                          struct error *err)
{
    struct sql_statements statements = {0};

    buf_printf(&rehearsal->preview->text, "%s\n", migration->name);
    if (!migration->is_transactional) {
        buf_add_text(&rehearsal->preview->text,
                     "            not tried: it cannot run in a transaction\n");
        return true;
    }
    if (!migration_split(migration, rehearsal->session->arena, &statements, err))
        return false;
    for (size_t i = 0; i < statements.count; i++)
        if (!try_statement(rehearsal, migration, &statements.items[i], err))
            return false;
    return tell_locks(rehearsal, err);
}

static bool try_callbacks(struct rehearsal *rehearsal, enum callback_event event, struct error *err)
{
    const struct migration_list *list = &rehearsal->source->migrations;

    for (size_t i = 0; i < list->callback_count; i++)
        if (list->callbacks[i].event == event &&
            !try_migration(rehearsal, &list->callbacks[i].script, err))
            return false;
    return true;
}

static bool try_all(struct rehearsal *rehearsal, const struct plan *plan, struct error *err)
{
    if (!try_callbacks(rehearsal, CALLBACK_BEFORE_RUN, err))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING &&
            (!try_callbacks(rehearsal, CALLBACK_BEFORE_EACH, err) ||
             !try_migration(rehearsal, plan->entries[i].migration, err) ||
             !try_callbacks(rehearsal, CALLBACK_AFTER_EACH, err)))
            return false;
    return try_callbacks(rehearsal, CALLBACK_AFTER_VERSIONED, err) &&
           try_callbacks(rehearsal, CALLBACK_AFTER_APPLIED, err) &&
           try_callbacks(rehearsal, CALLBACK_AFTER_RUN, err);
}

static bool check_script(const struct source *source, const struct migration *script,
                         struct arena *arena, struct error *err)
{
    struct sql_statements statements = {0};

    if (!script->is_transactional || !migration_split(script, arena, &statements, err))
        return true;
    for (size_t i = 0; i < statements.count; i++)
        if (sql_ends_transaction(statements.items[i].text)) {
            error_set(err, ERR_CONFIG, "ends its transaction by itself: it cannot be tried");
            return error_wrap(err, "%s/%s", source_folder(source, script), script->path);
        }
    return true;
}

/*
 * A file that commits by itself would make the rehearsal real: the session must still be in our
 * transaction at the end, and such a file is refused before anything is begun.
 */
static bool check_no_commit(const struct source *source, const struct plan *plan,
                            struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING &&
            !check_script(source, plan->entries[i].migration, arena, err))
            return false;
    for (size_t i = 0; i < source->migrations.callback_count; i++)
        if (!check_script(source, &source->migrations.callbacks[i].script, arena, err))
            return false;
    return true;
}

bool rehearse(struct session *session, const struct source *source, const struct history *history,
              bool needs_bootstrap, struct preview *preview, struct error *err)
{
    struct rehearsal rehearsal = {session, source, preview};
    struct pg_run run;
    bool is_done;

    if (!history->plan.pending_count) {
        buf_printf(&preview->text, "%s: nothing pending in %s\n", source->label, source->dir);
        return true;
    }
    if (!check_no_commit(source, &history->plan, session->arena, err))
        return false;
    session_arm(session);
    session->is_touched = true;
    if (!run_text(session, SLICE("BEGIN"), &run, err))
        return false;
    is_done = (!needs_bootstrap || bootstrap_rehearse(session, err)) &&
              try_all(&rehearsal, &history->plan, err);
    if (!is_done)
        return false; /* rolled back together with the failure */
    if (!run_text(session, SLICE("ROLLBACK"), &run, err))
        return false;
    buf_add_text(&preview->text, "All of it works, and is rolled back.\n");
    return true;
}
