#include "base/backoff.h"
#include "migrate/bootstrap.h"
#include "migrate/session.h"
#include "pg/wait.h"
#include "sys/clock.h"
#include "sys/log.h"

static void announce(struct session *session)
{
    if (session->is_announced)
        return;
    session->is_announced = true;
    log_event(LOG_INFO, LOG_MIGRATION, "db.url",
              LOG_FIELDS(log_str("url", session->target.display)), "Database URL: %s",
              session->target.display);
    for (size_t i = 0; i < session->target.dsn.ignored_count; i++)
        log_event(session->target.dsn.has_unknown ? LOG_INFO : LOG_DEBUG, LOG_MIGRATION,
                  "db.url.parameter",
                  LOG_FIELDS(log_str("parameter", session->target.dsn.ignored[i])),
                  "Database URL: parameter \"%s\" is not for us and was set aside",
                  session->target.dsn.ignored[i]);
}

static bool open_or_create(struct session *session, const struct wait_config *limits,
                           struct error *err)
{
    bool may_create = session->config->database.create && !session->only_reads;
    struct pg_wait_request request = {
        .target = &session->target,
        .limits = limits,
        .deadline_ms = deadline_after(clock_monotonic_ms(), limits->timeout_ms),
        .wants_missing = may_create,
    };

    if (pg_wait(&request, session->arena, &session->conn, err))
        return true;
    if (err->code != ERR_DB_MISSING || !may_create ||
        !bootstrap_database(session, request.deadline_ms, err))
        return false;
    request.wants_missing = false;
    return pg_wait(&request, session->arena, &session->conn, err);
}

bool session_open(struct session *session, struct error *err)
{
    struct wait_config limits = session->config->wait;

    if (session->conn)
        return true;
    announce(session);
    session_report(session, PHASE_WAITING);
    if (session->is_awaited)
        limits.targets = (struct text_list){0};
    if (!open_or_create(session, &limits, err))
        return false;
    session->is_awaited = true;
    return true;
}
