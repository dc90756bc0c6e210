/*
 * migrate/work - one step at work: look, refuse, apply
 *
 * Why here   Each duty (migrate, verify, wait, status, plan) looks at the same thing in the same
 *            way; what differs is what it makes of it, in migrate/duty.
 * Owns       the arena of its last look; work_clear() gives it back
 */
#ifndef MIGRINIT_MIGRATE_WORK_H
#define MIGRINIT_MIGRATE_WORK_H

#include "base/outcome.h"
#include "migrate/bootstrap.h"
#include "migrate/guard.h"
#include "migrate/history.h"
#include "migrate/preflight.h"

/* What a step brings, and the last look at what the database has of it. */
struct work {
    struct session *session;
    const struct source *source;
    struct source bound;      /* source, once its migrations know the session they name */
    struct arena *look_arena; /* of the last look; a waiter looks for hours without growing */
    struct history history;
    struct inputs_record inputs;
    struct guard guard;
    struct preflight preflight; /* see work_preflight() */
    struct bootstrap bootstrap;
    bool is_bootstrapped; /* extensions and schemas are the main database's, not another's */
    bool is_begun;        /* what is pending has been told, and the deadline runs */
    int64_t deadline_ms;
    bool is_current;        /* work_do() found nothing pending: there were but scripts to run */
    bool has_changed;       /* this run has done its work, or a part of it */
    size_t done_count;      /* migrations that this run has applied */
    const char *current_id; /* of the one that was begun last, or NULL */
};

void work_clear(struct work *work);

/* Read the bookkeeping anew. */
bool work_look(struct work *work, struct error *err) MUST_CHECK;

/*
 * What the tool refuses to go on with, we refuse; and a database that another tool has kept; and
 * what the settings are strict about.
 */
bool work_check(const struct work *work, struct error *err) MUST_CHECK;

/*
 * After a look: whether the server has the extensions that pending files create. A round trip only
 * where one does. Errors: as preflight_look
 */
bool work_preflight(struct work *work, struct error *err) MUST_CHECK;

/* By the last look: files of the folder that the database has not, or inputs that have changed. */
bool work_is_pending(const struct work *work);

/* By the last look: whether the command has to be run. */
bool work_needs_command(const struct work *work);

/* In words, of what is pending: "3 pending in migrations", "its inputs have changed". */
const char *work_pending_text(const struct work *work);

/*
 * Look, and say whether the database is behind. What the tool refuses counts as something: it may
 * be another's migration at work, dirty until it ends, and only who holds the lock knows. What the
 * settings refuse no waiting will mend: an error at once.
 */
bool work_is_behind(struct work *work, bool *answer, struct error *err) MUST_CHECK;

/*
 * Look, and say whether the run has something to do: the database is behind, or scripts run along
 * with each run, or a command that alone can tell.
 */
bool work_is_needed(struct work *work, bool *answer, struct error *err) MUST_CHECK;

/* Apply what is pending, or run the command. Everything that changes the database happens here:
 * hold the lock. */
bool work_do(struct work *work, struct error *err) MUST_CHECK;

/*
 * After a failure: whether it is that of a tool that does not find its own revisions, because the
 * database is ahead of the files. What it refuses has changed nothing.
 */
bool work_was_ahead(const struct work *work, const struct error *err);

#endif
