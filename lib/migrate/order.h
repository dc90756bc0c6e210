/*
 * migrate/order - migrations that are older than the newest applied one: a branch merged late
 *
 * Why here   Each tool has a rule of its own, and some pass such a file over for ever without a
 *            word. What the operator decided ([migrate] out_of_order) is the same for all of them,
 *            and whatever becomes of such a file is said. Which ones are late, migrate/plan tells.
 * Beware     A tool that records no more than the highest version (golang-migrate, tern) cannot
 *            tell what is late from what is applied, and nor can we. Skipping is for ever: what a
 *            run from empty left undone behind a failure may be late in the next one.
 * Purity     values in, values out
 */
#ifndef MIGRINIT_MIGRATE_ORDER_H
#define MIGRINIT_MIGRATE_ORDER_H

#include "migrate/plan.h"

struct step;

enum out_of_order order_wish(const struct step *step);

/* Take the late ones out of the pending, where the operator wants them skipped. */
void order_skip(struct plan *plan, enum out_of_order wish);

/* What is to be said of an entry that is late. */
struct remark order_remark(const struct format *format, const struct plan_entry *entry,
                           enum out_of_order wish, struct arena *arena);

/* Errors: ERR_MIGRATION about the first late one, where the operator wants none */
bool order_check(const struct plan *plan, enum out_of_order wish, struct error *err) MUST_CHECK;

#endif
