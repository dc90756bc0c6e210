/*
 * migrate/watch - what is looked at from beside while a migration runs: locks, and progress
 *
 * Why here   Both look at their own times over one second connection, which is opened at the first
 *            look and closed with the migration: a short one never needs it.
 */
#ifndef MIGRINIT_MIGRATE_WATCH_H
#define MIGRINIT_MIGRATE_WATCH_H

#include "migrate/lock_watch.h"
#include "migrate/progress.h"

struct watch {
    struct pg_watch watch; /* for struct pg_limits; its place is its owner's */
    struct pg_aside aside;
    struct lock_watch locks;
    struct progress progress;
};

/* Fills *watch; it stays where it is until watch_end(). */
void watch_begin(struct watch *watch, const struct session *session, const struct step *step,
                 const char *name);

/* failure: of the migration, or NULL */
void watch_end(struct watch *watch, struct error *failure);

#endif
