/*
 * migrate/order - migrations that are older than the newest applied one: a branch merged late
 *
 * Why here   Each tool has a rule of its own, and some pass such a file over for ever without a
 *            word. What the operator decided ([migrate] out_of_order) is the same for all of them,
 *            and whatever becomes of such a file is said.
 * Beware     A tool that records no more than the highest version (golang-migrate, tern) cannot
 *            tell what is late from what is applied, and nor can we. Skipping is for ever: what a
 *            run from empty left undone behind a failure may be late in the next one.
 * Purity     values in, values out
 */
#ifndef MIGRINIT_MIGRATE_ORDER_H
#define MIGRINIT_MIGRATE_ORDER_H

#include "migrate/plan.h"

/* Mark the pending entries that are late, and take what the operator wants to skip out of them. */
void order_judge(const struct format *format, const struct migration_list *migrations,
                 const struct applied_list *applied, struct plan_entry *entries);

/* What is to be said of an entry that is late; NULL of any other. */
const char *order_remark(const struct format *format, const struct plan_entry *entry,
                         enum out_of_order wish, struct arena *arena);

/* Errors: ERR_MIGRATION about the first late one, where the operator wants none */
bool order_check(const struct plan *plan, enum out_of_order wish, struct error *err) MUST_CHECK;

#endif
