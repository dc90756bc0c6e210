/*
 * migrate/work - one step at work: look, refuse, apply
 *
 * Why here   Each duty (migrate, verify, wait, status, plan) looks at the same thing in the same
 *            way; what differs is what it makes of it, in migrate/duty.
 * Owns       the arena of its last look; work_clear() gives it back
 */
#ifndef MIGRINIT_MIGRATE_WORK_H
#define MIGRINIT_MIGRATE_WORK_H

#include "base/outcome.h"
#include "migrate/bootstrap.h"
#include "migrate/history.h"

/* What a step brings, and the last look at what the database has of it. */
struct work {
    struct session *session;
    const struct source *source;
    struct source bound;      /* source, once its migrations know the session they name */
    struct arena *look_arena; /* of the last look; a waiter looks for hours without growing */
    struct history history;
    struct bootstrap bootstrap;
    bool is_bootstrapped; /* extensions and schemas are the main database's, not another's */
    int64_t deadline_ms;
    bool is_current; /* work_do() found nothing pending: there were but scripts to run */
};

void work_clear(struct work *work);

/* Read the bookkeeping anew. */
bool work_look(struct work *work, struct error *err) MUST_CHECK;

/* What the tool refuses to go on with, we refuse; and a database that another tool has kept. */
bool work_check(const struct work *work, struct error *err) MUST_CHECK;

/*
 * Look, and say whether there is something that others may be waited for to do. A command without a
 * folder cannot tell. What the tool refuses counts as something: it may be another's migration at
 * work, dirty until it ends, and only who holds the lock knows.
 */
bool work_is_pending(struct work *work, bool *answer, struct error *err) MUST_CHECK;

/* The same, and whether the run itself has something to do with nothing pending: callbacks. */
bool work_is_needed(struct work *work, bool *answer, struct error *err) MUST_CHECK;

/* Apply what is pending, or run the command. Everything that changes the database happens here:
 * hold the lock. */
bool work_do(struct work *work, struct error *err) MUST_CHECK;

/* Log that nothing is pending: OUTCOME_CURRENT, or OUTCOME_AHEAD with a warning. */
enum outcome work_tell_current(const struct work *work);

#endif
