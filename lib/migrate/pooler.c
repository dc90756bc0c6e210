#include "migrate/pooler.h"

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

static bool refuse_migration(const struct migration *migration, struct error *err)
{
    error_set(err, ERR_CONFIG,
              "%s runs without a transaction, and the connection goes through a pooler, where no "
              "lock would keep others out meanwhile",
              migration->path);
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
        if (plan->entries[i].state == PLAN_PENDING && !plan->entries[i].migration->is_transactional)
            return refuse_migration(plan->entries[i].migration, err) ||
                   error_wrap(err, "%s", source->dir);
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
    return count == 0 || items[0].is_transactional || refuse_migration(&items[0], err);
}

bool pooler_commit(struct session *session, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    return !pg_conn_is_in_transaction(session->conn) ||
           pg_run(session->conn, SLICE("COMMIT;RESET ALL"), &limits, &run, err);
}
