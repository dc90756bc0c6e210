/*
 * migrate/frame - what stands around a migration's statements: BEGIN, limits, COMMIT, and no traces
 *
 * Pooler     behind one the transaction is open already, with the lock in it (migrate/turn), and
 * the session goes to somebody else afterwards: a search_path that the file has set must not go
 * with it (pg_dump writes one).
 * URL        its own lock_timeout and statement_timeout, which are the session's (pg/conn), hold
 * where the settings of the step say nothing.
 */
#ifndef MIGRINIT_MIGRATE_FRAME_H
#define MIGRINIT_MIGRATE_FRAME_H

#include "migrate/message.h"
#include "migrate/session.h"

struct message_frame frame_of(const struct session *session, const struct step *step);

/* The same on a new connection, as `plan --sql` shows it. */
struct message_frame frame_when_new(const struct session *session, const struct step *step);

/* What goes ahead of a file that runs statement by statement; empty for nothing. */
struct slice frame_of_statements(const struct session *session, const struct step *step);

/* Whether the wait for a table is limited by the URL, whose units are the server's to read. */
bool frame_lock_limit_is_urls(const struct session *session, const struct step *step);

#endif
