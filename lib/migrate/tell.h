/*
 * migrate/tell - what the log says of a step after a look at it
 *
 * Why here   Whoever looks, the same is said in the same words: what is odd by name, what is
 *            pending by number, and that nothing is.
 */
#ifndef MIGRINIT_MIGRATE_TELL_H
#define MIGRINIT_MIGRATE_TELL_H

#include "migrate/work.h"

/* That something is pending, and what is odd about it. */
void tell_pending(const struct work *work);

/* What of it would lose data. */
void tell_destructive(const struct work *work);

/* What keeps the schema from being current, and what is odd about it, by name. */
void tell_reasons(const struct work *work);

/* That nothing is pending: OUTCOME_CURRENT, or OUTCOME_AHEAD with a warning. */
enum outcome tell_current(const struct work *work);

#endif
