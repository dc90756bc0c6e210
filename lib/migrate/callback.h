/*
 * migrate/callback - scripts of the folder that run along with its migrations, and are not recorded
 */
#ifndef MIGRINIT_MIGRATE_CALLBACK_H
#define MIGRINIT_MIGRATE_CALLBACK_H

#include "migrate/apply.h"

/* Whether a run has something to do even when nothing is pending. */
bool callback_is_of_each_run(const struct source *source);

/* Each in a transaction of its own, or in none, as the script has it. Errors: as apply_migration */
bool callback_run(struct session *session, const struct source *source, enum callback_event event,
                  int64_t deadline_ms, struct error *err) MUST_CHECK;

/* After a failure, which stays the one that is told: an error of the script's is a warning. */
void callback_run_after_error(struct session *session, const struct source *source,
                              const struct error *failure);

#endif
