/*
 * migrate/rehearsal - `migrinit plan --try`: really run what is pending, then roll it back
 *
 * Why here   Only the server knows whether a migration works on its data, how long it takes and
 *            whom it would keep waiting. All pending files run in one transaction, since each may
 *            need what the one before it made; a file that cannot run in a transaction cannot be
 *            tried, and the files behind it may miss it. What `[database] extensions` and `schemas`
 *            would create comes first, in the same transaction.
 * Beware     The locks are real while it runs: others wait, as they would in earnest.
 */
#ifndef MIGRINIT_MIGRATE_REHEARSAL_H
#define MIGRINIT_MIGRATE_REHEARSAL_H

#include "migrate/preview.h"
#include "migrate/session.h"

/* Errors: ERR_MIGRATION with file:line:column, rolled back as well; ERR_CONNECTION; ERR_INTERRUPTED
 */
bool rehearse(struct session *session, const struct source *source, const struct history *history,
              bool needs_bootstrap, struct preview *preview, struct error *err) MUST_CHECK;

#endif
