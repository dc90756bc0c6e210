/*
 * migrate/preflight - extensions that pending files create, and that the server does not have
 *
 * Why here   CREATE EXTENSION of what the server's image lacks fails whenever its file comes: the
 *            files before it are applied by then, and the app may run on a half of its schema. One
 *            query beforehand tells, and only where a pending file has such a statement.
 * Refused    what is neither installed nor available; all of it is named.
 * Told       what the role may not create, as far as the catalogs say: managed servers let roles
 *            do it that are no superuser, so that is no refusal.
 * Beware     With pg_tle an extension is available that no catalog of the server lists: where it
 *            is installed nothing is refused.
 * Facts      src/backend/commands/extension.c, 15: a superuser may create any; others what needs
 *            none, and what is trusted when they have CREATE on the database (trusted: from 13 on)
 */
#ifndef MIGRINIT_MIGRATE_PREFLIGHT_H
#define MIGRINIT_MIGRATE_PREFLIGHT_H

#include "migrate/outgoing.h"
#include "migrate/session.h"

struct preflight {
    size_t missing_count;
    const char *place; /* of the first that is missing */
    const char *name;
    const char *others; /* in words, "" for none */
    int server_major;
};

/*
 * What is found is appended to plan->remarks, too. No round trip where no pending file creates an
 * extension. A question that the server cannot answer is told, and no failure. Errors: ERR_CONNECTION,
 * ERR_INTERRUPTED
 */
bool preflight_look(struct session *session, const struct source *source, struct plan *plan,
                    struct arena *arena, struct preflight *out, struct error *err) MUST_CHECK;

/* Errors: ERR_MIGRATION that names the first one, and what to do */
bool preflight_check(const struct preflight *preflight, struct error *err) MUST_CHECK;

#endif
