/*
 * migrate/bootstrap - what must exist before the first migration: the database, extensions, schemas
 *
 * Facts      IF NOT EXISTS does not protect against another creator in the same moment: of twelve
 *            at once, 68-91% failed with 23505, 42P06, 42710 or 42P04 (PostgreSQL 15). Those
 *            answers mean that somebody else did it.
 * Optional   An extension written as "vector?" that is not available, or that the role may not
 *            create, is told and done without.
 */
#ifndef MIGRINIT_MIGRATE_BOOTSTRAP_H
#define MIGRINIT_MIGRATE_BOOTSTRAP_H

#include "migrate/session.h"

/* Create the target's database through the maintenance database. Several creators at once all
 * succeed. */
bool bootstrap_database(struct session *session, int64_t deadline_ms, struct error *err) MUST_CHECK;

/* What one look found of the extensions and schemas that the settings list. */
struct bootstrap {
    bool is_needed;          /* one is missing that can be created, or must be */
    const char *unavailable; /* optional extensions that the server does not have; NULL for none */
};

/* One query; none when nothing is listed. */
bool bootstrap_look(struct session *session, struct arena *arena, struct bootstrap *out,
                    struct error *err) MUST_CHECK;

/* Create the missing ones; call under the lock. */
bool bootstrap_objects(struct session *session, struct error *err) MUST_CHECK;

/* The same within a transaction that will be rolled back: an optional extension that cannot be had
 * does not end it, and nothing is said of it. */
bool bootstrap_rehearse(struct session *session, struct error *err) MUST_CHECK;

#endif
