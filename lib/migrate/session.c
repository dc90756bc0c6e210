#include "migrate/session.h"

#include <stdio.h>

#include "sys/clock.h"
#include "sys/fd.h"

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
