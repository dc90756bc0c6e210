#include "migrate/again.h"

#include <string.h>

#include "base/backoff.h"
#include "base/duration.h"
#include "pg/sqlstate.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { PAUSE_MIN_MS = 500, PAUSE_MAX_MS = 30000 };

enum again_why again_why(const struct error *err, bool ran_outside)
{
    if (ran_outside)
        return AGAIN_NOT;
    if (err->code == ERR_CONNECTION || strcmp(err->sqlstate, "25006") == 0)
        return AGAIN_LOST;
    if (err->code != ERR_MIGRATION)
        return AGAIN_NOT;
    if (sqlstate_is_shortage(err->sqlstate))
        return AGAIN_SHORT;
    return sqlstate_is_retryable(err->sqlstate) ? AGAIN_BLOCKED : AGAIN_NOT;
}

int64_t again_pause_ms(int64_t last_pause_ms, double random)
{
    int64_t last_ms = last_pause_ms > PAUSE_MIN_MS ? last_pause_ms : PAUSE_MIN_MS;
    int64_t pause_ms = PAUSE_MIN_MS + (int64_t)(random * (double)(3 * last_ms - PAUSE_MIN_MS));

    return pause_ms < PAUSE_MAX_MS ? pause_ms : PAUSE_MAX_MS;
}

int64_t again_tries(const struct again *again, enum again_why why, int64_t tries)
{
    if (why == AGAIN_NOT || (why == AGAIN_SHORT && again->was_short))
        return again->begun;
    return why == AGAIN_SHORT && tries > again->begun ? again->begun + 1 : tries;
}

/* The log is one line an error elsewhere; here the error is not the end, so it is a warning. */
static void tell(const struct again *again, enum again_why why, int64_t tries,
                 const struct error *err)
{
    char text[1024], pause[32];

    error_format(err, text, sizeof text);
    duration_format(again->last_pause_ms, pause, sizeof pause);
    log_event(LOG_WARN, LOG_MIGRATION,
              why == AGAIN_LOST ? "migration.connection_lost" : "migration.retry",
              LOG_FIELDS(log_str("error", text), log_str("detail", err->detail),
                         log_int("tries", again->begun), log_int("tries_max", tries),
                         log_int("pause_ms", again->last_pause_ms)),
              "%s%s%s: %s in %s (try %u of %lld)", text, err->detail[0] ? "; " : "", err->detail,
              why == AGAIN_LOST ? "connecting again, and looking what was done,"
                                : "rolled back, and begun again",
              pause, again->begun + 1, (long long)tries);
}

bool again_prepare(struct again *again, struct work *work, struct error *err)
{
    enum again_why why = again_why(err, work->session->ran_outside);
    int64_t tries;

    if (work->done_count > again->done_count)
        *again = (struct again){.done_count = work->done_count};
    again->begun++;
    tries = again_tries(again, why, work->source->step->tries);
    if (again->begun >= tries)
        return false;
    again->was_short |= why == AGAIN_SHORT;
    again->last_pause_ms = again_pause_ms(again->last_pause_ms, clock_random());
    if (work->is_begun &&
        deadline_left(work->deadline_ms, clock_monotonic_ms()) <= again->last_pause_ms)
        return false;
    tell(again, why, tries, err);
    if (why == AGAIN_LOST) {
        again->in_flight = work->current_id;
        session_close(work->session);
    }
    return session_sleep(work->session, again->last_pause_ms, err);
}

void again_tell_recognised(struct again *again, const struct work *work)
{
    const struct plan *plan = &work->history.plan;

    for (size_t i = 0; again->in_flight && i < plan->count; i++)
        if (plan->entries[i].state == PLAN_APPLIED &&
            strcmp(plan->entries[i].id, again->in_flight) == 0)
            log_event(LOG_INFO, LOG_MIGRATION, "migration.recognised",
                      LOG_FIELDS(log_str("id", again->in_flight)),
                      "✓ %s is recorded as applied (only the answer was lost, or another migrator "
                      "was faster): not repeated",
                      plan_entry_name(&plan->entries[i]));
    again->in_flight = NULL;
}
