/*
 * migrate/pick - the migration that a word on the command line means
 *
 * Purity     values in; no server, no files
 */
#ifndef MIGRINIT_MIGRATE_PICK_H
#define MIGRINIT_MIGRATE_PICK_H

#include "migrate/plan.h"

/* A migration's id, its file's name, or its path below the folder, as `status` prints them. */
bool pick_means(const struct migration *migration, const char *word);

/* NULL when there is none. Errors: ERR_USAGE when there are several */
bool pick_find(const struct plan *plan, const char *word, const struct plan_entry **out,
               struct error *err) MUST_CHECK;

/* The same, and none is an error, too: it names the nearest. */
bool pick_entry(const struct plan *plan, const char *word, const struct plan_entry **out,
                struct error *err) MUST_CHECK;

/* What the formats need to know to say it of this entry. */
struct resolve_request pick_request(const struct plan *plan, const struct plan_entry *entry,
                                    enum resolve_verdict verdict);

#endif
