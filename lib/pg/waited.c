#include "pg/waited.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "sys/clock.h"
#include "sys/log.h"

/* A copy: the reason of a tcp:// target is overwritten by its next attempt. */
static void keep_refusal(struct waited *waited, const struct refusal *refusal)
{
    waited->refusal = *refusal;
    snprintf(waited->reason, sizeof waited->reason, "%s", refusal->reason);
    waited->refusal.reason = NULL;
}

struct waited waited_init(const char *name, bool is_database)
{
    struct waited waited = {.name = name, .is_database = is_database};
    struct refusal refusal = refusal_no_answer();

    keep_refusal(&waited, &refusal);
    return waited;
}

/* --- judging ----------------------------------------------------------------------------- */

static bool is_same_class(const struct refusal *a, const struct refusal *b)
{
    return a->kind == b->kind && a->grace_ms == b->grace_ms && a->code == b->code &&
           a->backoff == b->backoff;
}

void waited_note(struct waited *waited, const struct refusal *refusal, int64_t now_ms)
{
    if (waited->attempts == 1 || !is_same_class(&waited->refusal, refusal)) {
        waited->retries = 0;
        waited->refused_since_ms = now_ms;
    }
    keep_refusal(waited, refusal);
}

static int64_t grace_ms(const struct refusal *refusal, const struct waited_graces *graces)
{
    if (refusal->kind == REFUSAL_FINAL)
        return 0;
    if (refusal->kind == REFUSAL_WAIT)
        return INT64_MAX;
    if (refusal->kind == REFUSAL_MISSING && graces->is_missing_final)
        return 0;
    return refusal->grace_ms == AUTH_GRACE ? graces->auth_ms : refusal->grace_ms;
}

int64_t waited_grace_left_ms(const struct waited *waited, const struct waited_graces *graces,
                             int64_t now_ms)
{
    int64_t grace = grace_ms(&waited->refusal, graces);

    if (grace == INT64_MAX)
        return INT64_MAX;
    return deadline_left(waited->refused_since_ms + grace, now_ms);
}

/* --- telling ----------------------------------------------------------------------------- */

static const char *event_name(const struct waited *waited, const char *of_database,
                              const char *of_target)
{
    return waited->is_database ? of_database : of_target;
}

bool waited_has_news(const struct waited *waited)
{
    return strcmp(waited->reason, waited->told_reason) != 0;
}

void waited_tell(struct waited *waited, int64_t elapsed_ms, bool with_hint)
{
    const char *hint = with_hint && waited->refusal.hint ? waited->refusal.hint : "";
    char duration[32];

    duration_format(elapsed_ms, duration, sizeof duration);
    snprintf(waited->told_reason, sizeof waited->told_reason, "%s", waited->reason);
    log_event(LOG_INFO, LOG_MIGRATION, event_name(waited, "db.waiting", "target.waiting"),
              LOG_FIELDS(log_str("target", waited->name), log_int("attempt", waited->attempts),
                         log_int("waited_ms", elapsed_ms), log_str("reason", waited->reason),
                         log_str("hint", hint)),
              "Waiting for %s (attempt %u, %s): %s%s%s", waited->name, waited->attempts, duration,
              waited->reason, hint[0] ? "; " : "", hint);
}

void waited_tell_attempt(const struct waited *waited)
{
    log_event(LOG_DEBUG, LOG_MIGRATION, event_name(waited, "db.attempt", "target.attempt"),
              LOG_FIELDS(log_str("target", waited->name), log_int("attempt", waited->attempts),
                         log_str("sqlstate", waited->refusal.sqlstate),
                         log_str("text", waited->text)),
              "Attempt %u to reach %s: %s%s%s", waited->attempts, waited->name, waited->reason,
              waited->text[0] ? ": " : "", waited->text);
}

void waited_tell_ready(const struct waited *waited, int64_t elapsed_ms)
{
    const char *name = waited->is_database ? "Database" : waited->name;
    char duration[32];

    if (!waited->told_reason[0])
        return;
    duration_format(elapsed_ms, duration, sizeof duration);
    log_event(LOG_INFO, LOG_MIGRATION, event_name(waited, "db.ready", "target.ready"),
              LOG_FIELDS(log_str("target", waited->name), log_int("attempt", waited->attempts),
                         log_int("waited_ms", elapsed_ms)),
              "%s is ready (after %s, attempt %u)", name, duration, waited->attempts);
}
