/*
 * migrate/aftermath - what half-done statements have left behind: in the way, told, or dropped
 *
 * Why here   An invalid index costs every write and serves no read, and CREATE INDEX CONCURRENTLY IF
 *            NOT EXISTS is content with it. So before a file runs without a transaction what an
 *            earlier attempt has left stops it, with the statement that takes it away; after a
 *            failure what this one has left is named in the same way.
 * Permission "-- migrinit: drop-invalid" among the comments that the file begins with: an invalid
 *            index of the very name that the file creates is dropped, and so are the *_ccnew of what
 *            it reindexes. Any tool's file may have it; to the tool it is a comment.
 * Costs      one query before such a file, and one after its failure; nothing for files that are
 *            not about indexes or partitions.
 */
#ifndef MIGRINIT_MIGRATE_AFTERMATH_H
#define MIGRINIT_MIGRATE_AFTERMATH_H

#include "migrate/leftover.h"
#include "migrate/work.h"

struct aftermath {
    struct leftover_aims aims;
    struct leftover_list before;
    bool is_known; /* before was looked at */
};

/*
 * Before the file's first statement, outside a transaction. Errors: ERR_MIGRATION what is in the way;
 * as pg_run
 */
bool aftermath_begin(struct aftermath *aftermath, struct session *session,
                     const struct source *source, const struct migration *migration,
                     const struct pg_limits *limits, struct error *err) MUST_CHECK;

/* After its failure: names what was left in the log, and in the hint of err. */
void aftermath_explain(const struct aftermath *aftermath, struct session *session,
                       const struct migration *migration, struct error *err);

/* By the last look: a remark for each thing that stands before a pending or failed migration. */
void aftermath_remark(struct work *work);

/* The same of one migration, as warnings in the log. */
void aftermath_warn(const struct work *work, const char *id);

#endif
