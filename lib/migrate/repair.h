/*
 * migrate/repair - `resolve` and `baseline`: what people say of the schema, written into the
 * bookkeeping
 *
 * Why here   After a repair by hand, and on a database that existed before, the bookkeeping must
 *            say what is so. Nothing of a migration is run, and all of it is one transaction: the
 *            bookkeeping is read again before COMMIT, and what did not come out as it was said, or
 *            what the tool would refuse where it did not before, is rolled back.
 */
#ifndef MIGRINIT_MIGRATE_REPAIR_H
#define MIGRINIT_MIGRATE_REPAIR_H

#include "migrate/work.h"

enum repair_kind { REPAIR_APPLIED, REPAIR_ROLLED_BACK, REPAIR_BASELINE };

/* As the command line has it. */
struct repair {
    enum repair_kind kind;
    const char *name; /* of the migration; NULL: a baseline of all */
    const char *step; /* NULL: not said */
};

/*
 * The step that is meant: the one that was named; else the only one with a folder; else the only
 * one whose files have the migration. Errors: ERR_USAGE that names the steps
 */
bool repair_choose_step(const struct repair *repair, const struct source *sources, size_t count,
                        size_t *chosen, struct error *err) MUST_CHECK;

/*
 * Do it; hold the lock, and have looked. Errors: ERR_USAGE (no such migration, or several),
 * ERR_MIGRATION (the tool's bookkeeping cannot say so, or says so already); as pg_run
 */
bool repair_do(struct work *work, const struct repair *repair, struct error *err) MUST_CHECK;

#endif
