/*
 * migrate/apply - one migration, all of it or nothing, together with its record
 *
 * Facts      BEGIN, the file, its record and COMMIT go to the server as one message: one round
 *            trip, and a client that dies in between leaves nothing half done. A file marked as not
 *            transactional is sent statement by statement, because several statements in one
 *            message are a transaction of their own, in which CREATE INDEX CONCURRENTLY fails
 *            (25001).
 */
#ifndef MIGRINIT_MIGRATE_APPLY_H
#define MIGRINIT_MIGRATE_APPLY_H

#include "migrate/history.h"

/* Create the bookkeeping table. */
bool apply_create_history(struct session *session, const struct source *source,
                          const struct history *history, struct error *err) MUST_CHECK;

/* Bring a bookkeeping table of the tool's older release up to date, all of it or nothing. */
bool apply_upgrade(struct session *session, const struct history *history,
                   struct error *err) MUST_CHECK;

/*
 * Apply and record one migration, or undo it (format_down()), and log it. Errors: ERR_MIGRATION
 * with file:line:column, the line itself and a hint; ERR_CONNECTION; ERR_INTERRUPTED
 */
bool apply_migration(struct session *session, const struct source *source,
                     const struct history *history, const struct migration *migration,
                     int64_t deadline_ms, struct error *err) MUST_CHECK;

/* The same of a script that is not recorded. Errors: as apply_migration */
bool apply_script(struct session *session, const struct source *source,
                  const struct migration *script, int64_t deadline_ms,
                  struct error *err) MUST_CHECK;

#endif
