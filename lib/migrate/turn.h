/*
 * migrate/turn - our turn: the lock taken, or the news that nobody needs it any more
 *
 * Why here   Of twenty replicas that start together one migrates; the others must neither fail nor
 *            hold connections nor block the one. Each polls the lock, reads the history in the
 *            same message, and leaves without the lock when somebody else has done the work. After
 *            five seconds it lets its connection go between polls.
 * Pooler     behind one (pg/lock) a turn is one transaction: it is open when turn_wait() gives the
 *            lock, what is to stay is committed by who does it, and turn_end() rolls back the rest.
 */
#ifndef MIGRINIT_MIGRATE_TURN_H
#define MIGRINIT_MIGRATE_TURN_H

#include "formats/format.h"
#include "migrate/session.h"

enum { TURN_KEYS_MAX = 1 + FORMAT_LOCK_KEYS_MAX };

struct turn {
    const char *guarded; /* see pg_lock_key() */

    /* The foreign tool's own locks, taken behind ours; known once connected. May be NULL. */
    size_t (*tool_keys)(const struct session *session, void *context,
                        int64_t keys[FORMAT_LOCK_KEYS_MAX]);
    int64_t timeout_ms; /* 0 = for ever */
    bool takes_lock;    /* false: only wait until somebody else has done it */

    /* Is there still something to do? Asked before each try and once more under the lock. */
    bool (*is_needed)(struct session *session, void *context, bool *answer, struct error *err);
    void *context;
};

/*
 * Wait. On success *is_held tells whether the lock is ours (then release it with turn_end), or
 * there is nothing left to do. Errors: ERR_LOCK_TIMEOUT; ERR_INTERRUPTED; what is_needed and the
 * connection give
 */
bool turn_wait(struct session *session, const struct turn *turn, bool *is_held,
               struct error *err) MUST_CHECK;

/* Errors are worth a warning only: the lock goes with the session at the latest. */
void turn_end(struct session *session, const struct turn *turn);

#endif
