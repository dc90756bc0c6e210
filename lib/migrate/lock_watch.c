#include "migrate/lock_watch.h"

#include <string.h>

#include "migrate/frame.h"
#include "pg/blockers.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { AHEAD_MS = 1000, UNLIMITED_MS = 10000, ASIDE_MS = 2000 };

int64_t lock_watch_interval_ms(int64_t table_lock_timeout_ms)
{
    if (table_lock_timeout_ms == 0)
        return UNLIMITED_MS;
    if (table_lock_timeout_ms - AHEAD_MS >= AHEAD_MS)
        return table_lock_timeout_ms - AHEAD_MS;
    return (table_lock_timeout_ms + 1) / 2;
}

/* A second connection is a luxury: where there is none, the migration does not mind. */
static bool ask(struct lock_watch *watch)
{
    const struct session *session = watch->session;
    struct pg_limits limits = session_limits(session, clock_monotonic_ms() + ASIDE_MS);
    struct error err = {0};

    if ((watch->aside || pg_conn_open_aside(&session->target, &limits, &watch->aside, &err)) &&
        pg_blockers(watch->aside, pg_conn_session(session->conn)->backend_pid, &limits,
                    watch->blockers, sizeof watch->blockers, &err))
        return true;
    log_line(LOG_DEBUG, LOG_MIGRATION, "lock.unknown", "Who blocks us is not known: %s", err.what);
    pg_conn_close(watch->aside);
    watch->aside = NULL;
    return false;
}

/* The age of the blocker's transaction differs each time: the pid tells a change. */
static bool is_told(const struct lock_watch *watch)
{
    return strncmp(watch->blockers, watch->told, strcspn(watch->blockers, ",(") + 1) == 0;
}

static void look(struct pg_watch *base)
{
    struct lock_watch *watch = (struct lock_watch *)base;

    if (ask(watch) && watch->blockers[0] && !is_told(watch)) {
        memcpy(watch->told, watch->blockers, sizeof watch->told);
        log_event(LOG_WARN, LOG_MIGRATION, "lock.blocked",
                  LOG_FIELDS(log_str("name", watch->name), log_str("blockers", watch->blockers)),
                  "%s waits for a lock: %s", watch->name, watch->blockers);
    }
    watch->watch.next_ms = clock_monotonic_ms() + watch->interval_ms;
}

void lock_watch_begin(struct lock_watch *watch, const struct session *session,
                      const struct step *step, const char *name)
{
    *watch = (struct lock_watch){
        .session = session,
        .name = name,
        .interval_ms = frame_lock_limit_is_urls(session, step)
                           ? AHEAD_MS
                           : lock_watch_interval_ms(step->table_lock_timeout_ms),
    };
    watch->watch = (struct pg_watch){clock_monotonic_ms() + watch->interval_ms, look};
}

void lock_watch_end(struct lock_watch *watch, struct error *failure)
{
    pg_conn_close(watch->aside);
    watch->aside = NULL;
    if (failure && strcmp(failure->sqlstate, "55P03") == 0 && watch->blockers[0])
        error_detail(failure, "the lock was held by %s", watch->blockers);
}
