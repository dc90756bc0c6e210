/*
 * migrate/rules - what our own settings refuse, whatever the migration tool tolerates
 *
 * Settings   [migrate] strict: changed, missing and out-of-order migrations; the latter not where
 *            [migrate] out_of_order says that they are applied or skipped
 *            [migrate] out_of_order = refuse: out-of-order ones
 *            [migrate] ahead = fail: a database that is newer than the image
 * Purity     values in, an error out
 */
#ifndef MIGRINIT_MIGRATE_RULES_H
#define MIGRINIT_MIGRATE_RULES_H

#include "conf/config.h"
#include "migrate/plan.h"

/* Errors: ERR_MIGRATION that names the first one, how many more there are, and the setting */
bool rules_check(const struct plan *plan, const struct step *step, struct error *err) MUST_CHECK;

#endif
