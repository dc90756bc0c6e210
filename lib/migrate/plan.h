/*
 * migrate/plan - migrations of the folder x rows of the bookkeeping = what is applied, pending,
 * changed, unknown
 *
 * Purity     no server, no files: tests compare lists
 */
#ifndef MIGRINIT_MIGRATE_PLAN_H
#define MIGRINIT_MIGRATE_PLAN_H

#include "formats/format.h"

enum plan_state {
    PLAN_APPLIED,
    PLAN_PENDING,
    PLAN_CHANGED, /* applied, and the file differs from the checksum of then */
    PLAN_FAILED,  /* begun, and the tool's bookkeeping says that it did not end well */
    PLAN_UNKNOWN, /* applied, and no such file is here */
    PLAN_SKIPPED, /* not applied, and passed over on purpose */
};

struct plan_entry {
    enum plan_state state;
    const char *id;                    /* of either */
    const struct migration *migration; /* NULL for PLAN_UNKNOWN */
    const struct applied *applied;     /* NULL where no row is its own */
    bool is_late; /* not applied, and older than the newest that is: migrate/order */
};

struct plan {
    struct plan_entry *entries; /* the folder's in its order, then the unknown rows by id */
    size_t count;
    size_t applied_count; /* changed ones among them */
    size_t pending_count;
    size_t changed_count;
    size_t failed_count;
    size_t unknown_count;
    struct remark_list remarks; /* about the folder, then about its migrations */
};

/* Errors: as the format's own rule for what is pending gives them */
bool plan_build(const struct format *format, const struct migration_list *migrations,
                const struct applied_list *applied, struct arena *arena, struct plan *plan,
                struct error *err) MUST_CHECK;

/*
 * Whether the database is ahead of the folder: it knows migrations that we do not, and everything
 * that we bring is applied. A rolled-back deploy looks like this.
 */
bool plan_is_ahead(const struct plan *plan);

const char *plan_state_name(enum plan_state state); /* "applied", "pending", ... */

#endif
