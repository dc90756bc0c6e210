#include "migrate/session.h"

#include <stdio.h>
#include <string.h>

#include "base/backoff.h"
#include "migrate/bootstrap.h"
#include "pg/wait.h"
#include "sys/clock.h"
#include "sys/fd.h"
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

void session_close(struct session *session)
{
    pg_conn_close(session->conn);
    session->conn = NULL;
    session->is_touched = false;
}

struct pg_limits session_limits(const struct session *session, int64_t deadline_ms)
{
    return (struct pg_limits){.deadline_ms = deadline_ms, .stop_fd = session->stop_fd};
}

void session_arm(struct session *session)
{
    if (session->stop_fd < 0)
        session->stop_fd = session->hooks->arm_stop(session->hooks->context);
}

bool session_sleep(struct session *session, int64_t ms, struct error *err)
{
    if (fd_wait(-1, false, session->stop_fd, clock_monotonic_ms() + ms) == FD_STOP)
        return error_set(err, ERR_INTERRUPTED, "told to stop");
    return true;
}

void session_report(const struct session *session, enum phase phase)
{
    struct report report = {.kind = REPORT_PHASE, .phase = phase};

    session->hooks->report(session->hooks->context, &report);
}

void session_report_progress(const struct session *session, size_t done, size_t total,
                             const char *name)
{
    struct report report = {.kind = REPORT_PHASE,
                            .phase = PHASE_MIGRATING,
                            .done = (unsigned)done,
                            .total = (unsigned)total};

    snprintf(report.name, sizeof report.name, "%s", name);
    session->hooks->report(session->hooks->context, &report);
}
