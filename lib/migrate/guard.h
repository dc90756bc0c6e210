/*
 * migrate/guard - [migrate] destructive: what of a run would lose data, told or refused before it
 *
 * Judged     the statements of what is pending, as they are sent (sql/loss), and of the scripts
 *            that run along. Not what `down` undoes: that is asked for by a person.
 * Permitted  in the file, by comments above its first statement:
 *                -- migrinit: allow-destructive                     whatever is in it
 *                -- migrinit: allow-destructive drop-column update  these kinds
 *            A word that is no kind permits nothing, and is told.
 * Refused    what is sure to lose data. What only may (alter-type) is told.
 * Purity     values in, values out
 */
#ifndef MIGRINIT_MIGRATE_GUARD_H
#define MIGRINIT_MIGRATE_GUARD_H

#include "conf/config.h"
#include "migrate/outgoing.h"

struct guard {
    size_t refused_count;
    const char *place; /* of the first that is refused */
    const char *what;
    const char *kind;
};

/* The event in the log of what the guard has to say; see struct remark. */
extern const char *const guard_event;

/* What is found is appended to plan->remarks, for the log, `status` and `plan`. */
struct guard guard_look(const struct source *source, struct plan *plan, struct arena *arena);

/* Errors: ERR_MIGRATION about the first one, where the setting is refuse */
bool guard_check(const struct guard *guard, struct error *err) MUST_CHECK;

#endif
