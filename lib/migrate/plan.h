/*
 * migrate/plan - migrations of the folder x rows of the bookkeeping = what is applied, pending,
 * changed, unknown, and which of it is out of order
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
    PLAN_SKIPPED, /* neither applied nor pending: passed over, by the tool or by setting */
};

struct plan_entry {
    enum plan_state state;
    const char *id;                    /* of either */
    const struct migration *migration; /* NULL: no such file; what is left of one half done */
    const struct applied *applied;     /* NULL where no row is its own */
    bool is_late;                      /* not applied, and one that comes after it is */
    bool is_newer;                     /* of PLAN_UNKNOWN: it comes after every file */
};

/* What can be said of a file's checksum and the recorded one. */
enum checksum_state {
    CHECKSUM_NONE, /* one of the two is not there, or the tool keeps none */
    CHECKSUM_SAME,
    CHECKSUM_CHANGED,
};

struct plan {
    struct plan_entry *entries; /* the folder's in its order, then the rows without a file by id */
    size_t count;
    size_t applied_count; /* changed ones among them */
    size_t pending_count;
    size_t changed_count;
    size_t failed_count;
    size_t unknown_count;
    size_t late_count;  /* among the pending */
    size_t newer_count; /* among the unknown; the others are missing */
    size_t skipped_count;
    struct remark_list remarks; /* about the folder, then about its migrations */
};

/* is_pending: a slot for each migration; NULL: those whose id has no row are. */
struct plan plan_compare(const struct format *format, const struct migration_list *migrations,
                         const struct applied_list *applied, const bool *is_pending,
                         struct arena *arena);

/* Errors: as the format's own rule for what is pending gives them */
bool plan_build(const struct format *format, const struct migration_list *migrations,
                const struct applied_list *applied, struct arena *arena, struct plan *plan,
                struct error *err) MUST_CHECK;

/*
 * Whether the database is ahead of the folder: it knows migrations that come after all of ours, and
 * everything that we bring is applied. A rolled-back deploy looks like this.
 */
bool plan_is_ahead(const struct plan *plan);

/* An applied migration without a file, though later files are here. */
bool plan_entry_is_missing(const struct plan_entry *entry);

enum checksum_state plan_entry_checksum(const struct plan_entry *entry);

/*
 * "applied", "pending", "out-of-order", "changed", "failed", "missing", "ahead": a stable word of
 * `status --json`.
 */
const char *plan_entry_state(const struct plan_entry *entry);
const char *plan_checksum_name(enum checksum_state state); /* "none", "same", "changed" */
const char *plan_entry_name(const struct plan_entry *entry);

#endif
