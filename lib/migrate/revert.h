/*
 * migrate/revert - `migrinit down`: the last migrations undone, and taken out of the bookkeeping
 *
 * Why here   Undoing is asked for by a person, never by AUTO_MIGRATE: a down script usually throws
 *            data away. It goes the way of a migration: the same locks, the history read again
 *            under them, one transaction each with the record's end in it.
 * Rules      Nothing is undone before all of it is known to have a down script that can be run.
 *            What fails later leaves the ones before it undone, each whole.
 */
#ifndef MIGRINIT_MIGRATE_REVERT_H
#define MIGRINIT_MIGRATE_REVERT_H

#include "migrate/preview.h"
#include "migrate/work.h"

/*
 * The settings of one step alone: the one of this name, or with NULL the last one in file order
 * that has a folder and no command. Errors: ERR_USAGE, ERR_CONFIG
 */
bool revert_choose_step(const struct config *config, const char *name, struct config *out,
                        struct error *err) MUST_CHECK;

/* Known without a database. Errors: ERR_CONFIG for a tool that has no down scripts */
bool revert_check_format(const struct source *source, struct error *err) MUST_CHECK;

/* What revert_last() would do, as the answer of `migrinit plan --down`; see preview_add(). */
bool revert_preview(struct work *work, size_t count, bool is_script, struct preview *preview,
                    struct error *err) MUST_CHECK;

/*
 * Undo the last ones, as of the last look: hold the lock. Errors: as revert_plan_build() and
 * apply_migration()
 */
bool revert_last(struct work *work, size_t count, struct error *err) MUST_CHECK;

#endif
