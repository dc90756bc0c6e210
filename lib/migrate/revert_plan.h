/*
 * migrate/revert_plan - which migrations are the last ones, and what undoes them
 *
 * Why here   Undoing the first two of three and failing at the third leaves a schema that nobody
 *            wanted. All that can be known beforehand is asked of all of them first.
 * Order      the tool's own: its rows from the newest one back, or its files from the last one back
 * Purity     values in, values out
 */
#ifndef MIGRINIT_MIGRATE_REVERT_PLAN_H
#define MIGRINIT_MIGRATE_REVERT_PLAN_H

#include "migrate/history.h"
#include "migrate/source.h"

struct revert_plan {
    struct migration *items; /* as format_down() gives them, the last one first */
    size_t count;
    size_t applied_count; /* all that could be undone, one after the other */
};

/*
 * Errors: ERR_MIGRATION when fewer are applied, or one of them has no file here; ERR_CONFIG when
 * one of them has no down script, or one that cannot be run
 */
bool revert_plan_build(const struct source *source, const struct history *history, size_t count,
                       struct arena *arena, struct revert_plan *out, struct error *err) MUST_CHECK;

#endif
