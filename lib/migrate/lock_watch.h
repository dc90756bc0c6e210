/*
 * migrate/lock_watch - who keeps a migration waiting, found out while it waits
 *
 * Flow       one second before [migrate] table_lock_timeout a second connection asks who blocks us,
 *            and does so again as long as the migration runs, so that no wait which ends by that
 *            limit goes unseen; without a limit, every ten seconds, and every second where the
 *            limit is the URL's. A change is logged, and the
 *            last answer is a detail of 55P03.
 */
#ifndef MIGRINIT_MIGRATE_LOCK_WATCH_H
#define MIGRINIT_MIGRATE_LOCK_WATCH_H

#include "migrate/session.h"
#include "pg/aside.h"

struct lock_watch {
    const char *name; /* of the migration */
    int64_t interval_ms;
    int64_t next_ms;    /* monotonic: when to look */
    char blockers[384]; /* the last that were seen; "" for none */
    char told[384];
};

/* When to look first, and how long between looks. */
int64_t lock_watch_interval_ms(int64_t table_lock_timeout_ms);

void lock_watch_begin(struct lock_watch *watch, const struct session *session,
                      const struct step *step, const char *name);

/* True: somebody new is in the way, and the log has it now. */
bool lock_watch_look(struct lock_watch *watch, struct pg_aside *aside);

/* failure: of the migration, or NULL */
void lock_watch_end(const struct lock_watch *watch, struct error *failure);

#endif
