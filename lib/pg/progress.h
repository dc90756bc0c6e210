/*
 * pg/progress - how far the running statement of a session is, asked from beside it
 *
 * Facts      pg_stat_progress_create_index, _cluster and _vacuum are there since PostgreSQL 12,
 *            _analyze since 13, _copy since 14; the columns read here are alike from 12 to 18
 *            (their catalogs, asked). A session has a row in one of them at most. What counts
 *            depends on the phase: a scan counts blocks, and its totals may stay when it is over;
 *            while sorting nothing moves. ALTER TABLE, UPDATE and REFRESH have no view. What a
 *            transaction has created and not committed has no name for others.
 */
#ifndef MIGRINIT_PG_PROGRESS_H
#define MIGRINIT_PG_PROGRESS_H

#include "pg/aside.h"

enum { PG_PROGRESS_UNKNOWN = -1 };

struct pg_progress {
    char command[64];   /* "CREATE INDEX CONCURRENTLY"; "" when no view has a row */
    char relation[160]; /* as the session's search_path names it, or "" */
    char phase[96];     /* the server's word, or "" */
    const char *unit;   /* "blocks", "tuples", ...; NULL when nothing is counted in this phase */
    int64_t done;
    int64_t total;   /* 0: not known */
    int64_t parts;   /* partitions that it goes through, one after the other; 0: none */
    int64_t part;    /* the one that is at work, from 1 */
    int percent;     /* of this phase, or PG_PROGRESS_UNKNOWN */
    char wait[96];   /* what its process waits for: "Lock: virtualxid"; "" for nothing */
    bool needs_lock; /* that is a lock */
};

/* What the server counts for one statement, done and total. */
struct pg_counts {
    int64_t lockers[2];
    int64_t blocks[2];
    int64_t tuples[2];
    int64_t tables[2];
    int64_t bytes[2];
};

/* Fills unit, done, total and percent by what the phase counts. */
void pg_progress_count(struct pg_progress *progress, const struct pg_counts *counts);

/* Errors: as pg_aside_query; ERR_DB_UNREACHABLE also when the session beside is not to be seen */
bool pg_progress_ask(struct pg_aside *aside, struct pg_progress *out, struct error *err) MUST_CHECK;

/*
 * "CREATE INDEX on orders, building index: scanning table, 26% (12034 of 45045 blocks)"; without a
 * row in a view "waits for IO: DataFileRead", or "".
 */
void pg_progress_text(const struct pg_progress *progress, char *out, size_t out_size);

#endif
