#include "migrate/pooler.h"

#include "migrate/message.h"
#include "sys/log.h"

bool pooler_is_between(const struct session *session)
{
    return session->conn && pg_conn_session(session->conn)->is_pooled;
}

bool pooler_refuse(struct error *err)
{
    error_hint(err, "set MIGRATE_DATABASE_URL (or DIRECT_URL) to a URL that leads to the server "
                    "itself; the app keeps its own");
    return false;
}

static bool check_migration(const struct session *session, const struct migration *migration,
                            struct error *err)
{
    bool is_cut = migration->is_transactional && message_is_cut(migration, session->arena);

    if (migration->is_transactional && !is_cut)
        return true;
    error_set(err, ERR_CONFIG,
              "%s %s, and the connection goes through a pooler, where no lock would keep others "
              "out meanwhile",
              migration->path,
              is_cut ? "ends its transaction itself" : "runs without a transaction");
    return pooler_refuse(err);
}

static void tell(struct session *session)
{
    if (session->is_pooler_told)
        return;
    session->is_pooler_told = true;
    log_line(LOG_INFO, LOG_MIGRATION, "db.pooler",
             "The connection goes through a pooler: each migration takes the lock in its own "
             "transaction (MIGRATE_DATABASE_URL leads past it)");
}

/* Those around a migration are in its transaction; the others come between the transactions. */
static bool check_callbacks(const struct work *work, struct error *err)
{
    const struct migration_list *list = &work->source->migrations;

    for (size_t i = 0; i < list->callback_count; i++) {
        const struct migration *script = &list->callbacks[i].script;

        if (callback_is_around(&list->callbacks[i])) {
            if (!check_migration(work->session, script, err))
                return error_wrap(err, "%s", source_folder(work->source, script));
            continue;
        }
        error_set(err, ERR_CONFIG,
                  "%s/%s runs beside the migrations, and the connection goes through a pooler, "
                  "where no lock would keep others out meanwhile",
                  source_folder(work->source, script), script->path);
        return pooler_refuse(err);
    }
    return true;
}

bool pooler_check(const struct work *work, struct error *err)
{
    const struct plan *plan = &work->history.plan;
    const struct source *source = work->source;

    if (!pooler_is_between(work->session))
        return true;
    if (source->step->command) {
        error_set(err, ERR_CONFIG,
                  "%s: the connection goes through a pooler, where no lock would keep others out "
                  "while the command runs",
                  source->label);
        return pooler_refuse(err);
    }
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING &&
            !check_migration(work->session, plan->entries[i].migration, err))
            return error_wrap(err, "%s", source_folder(source, plan->entries[i].migration));
    if (!check_callbacks(work, err))
        return false;
    tell(work->session);
    return true;
}

bool pooler_check_down(const struct session *session, const struct migration *items, size_t count,
                       struct error *err)
{
    if (!pooler_is_between(session))
        return true;
    if (count > 1) {
        error_set(err, ERR_CONFIG, "through a pooler one migration is undone at a time");
        return pooler_refuse(err);
    }
    return count == 0 || check_migration(session, &items[0], err);
}

bool pooler_commit(struct session *session, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    return !pg_conn_is_in_transaction(session->conn) ||
           pg_run(session->conn, SLICE("COMMIT;RESET ALL"), &limits, &run, err);
}
