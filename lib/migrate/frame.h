/*
 * migrate/frame - what stands around a migration's statements: BEGIN, limits, COMMIT, and no traces
 *
 * Pooler     behind one the transaction is open already, with the lock in it (migrate/turn), and
 * the session goes to somebody else afterwards: a search_path that the file has set must not go
 * with it (pg_dump writes one).
 */
#ifndef MIGRINIT_MIGRATE_FRAME_H
#define MIGRINIT_MIGRATE_FRAME_H

#include "migrate/message.h"
#include "migrate/session.h"

struct message_frame frame_of(const struct session *session, const struct step *step);

/* The same on a new connection, as `plan --sql` shows it. */
struct message_frame frame_of_step(const struct step *step, struct arena *arena);

/* What goes ahead of a file that runs statement by statement; empty for nothing. */
struct slice frame_of_statements(const struct session *session, const struct step *step);

#endif
