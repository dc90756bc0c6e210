#include "migrate/lock_watch.h"

#include <string.h>

#include "migrate/frame.h"
#include "pg/blockers.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { AHEAD_MS = 1000, UNLIMITED_MS = 10000 };

int64_t lock_watch_interval_ms(int64_t table_lock_timeout_ms)
{
    if (table_lock_timeout_ms == 0)
        return UNLIMITED_MS;
    if (table_lock_timeout_ms - AHEAD_MS >= AHEAD_MS)
        return table_lock_timeout_ms - AHEAD_MS;
    return (table_lock_timeout_ms + 1) / 2;
}

/* The age of the blocker's transaction differs each time: the pid tells a change. */
static bool is_told(const struct lock_watch *watch)
{
    return strncmp(watch->blockers, watch->told, strcspn(watch->blockers, ",(") + 1) == 0;
}

bool lock_watch_look(struct lock_watch *watch, struct pg_aside *aside)
{
    struct error err = {0};
    bool is_new;

    watch->next_ms = clock_monotonic_ms() + watch->interval_ms;
    if (!pg_blockers(aside, watch->blockers, sizeof watch->blockers, &err)) {
        log_line(LOG_DEBUG, LOG_MIGRATION, "lock.unknown", "Who blocks us is not known: %s",
                 err.what);
        return false;
    }
    is_new = watch->blockers[0] && !is_told(watch);
    if (is_new) {
        memcpy(watch->told, watch->blockers, sizeof watch->told);
        log_event(LOG_WARN, LOG_MIGRATION, "lock.blocked",
                  LOG_FIELDS(log_str("name", watch->name), log_str("blockers", watch->blockers)),
                  "%s waits for a lock: %s", watch->name, watch->blockers);
    }
    return is_new;
}

void lock_watch_begin(struct lock_watch *watch, const struct session *session,
                      const struct step *step, const char *name)
{
    *watch = (struct lock_watch){
        .name = name,
        .interval_ms = frame_lock_limit_is_urls(session, step)
                           ? AHEAD_MS
                           : lock_watch_interval_ms(step->table_lock_timeout_ms),
    };
    watch->next_ms = clock_monotonic_ms() + watch->interval_ms;
}

void lock_watch_end(const struct lock_watch *watch, struct error *failure)
{
    if (failure && strcmp(failure->sqlstate, "55P03") == 0 && watch->blockers[0])
        error_detail(failure, "the lock was held by %s", watch->blockers);
}
