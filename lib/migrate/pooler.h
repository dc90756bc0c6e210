/*
 * migrate/pooler - what can be done through a pooler, and what is refused there
 *
 * Facts      A session's lock, and its settings, are the pool's: they go to whoever is served next,
 *            or stay (migrate/turn, pg/lock). A transaction is served by one session in every pool
 *            mode but "statement". PgBouncer in session mode looks no different to a client, and is
 *            treated alike.
 */
#ifndef MIGRINIT_MIGRATE_POOLER_H
#define MIGRINIT_MIGRATE_POOLER_H

#include "migrate/work.h"

bool pooler_is_between(const struct session *session);

/*
 * Whether what is pending can be done in transactions alone; says once how that is gone about.
 * Errors: ERR_CONFIG, with the setting that leads past the pooler
 */
bool pooler_check(const struct work *work, struct error *err) MUST_CHECK;

/* Of migrations that are undone: one at a time, for the lock ends with each. */
bool pooler_check_down(const struct session *session, const struct migration *items, size_t count,
                       struct error *err) MUST_CHECK;

/* Give the hint what leads past it; false, for `return`. */
bool pooler_refuse(struct error *err);

/* COMMIT, and no setting stays behind. A transaction that a failure has ended is none any more. */
bool pooler_commit(struct session *session, struct error *err) MUST_CHECK;

#endif
