/*
 * base/outcome - how a duty ended, and the only table of exit codes
 *
 * Why here   The preparer ends with an outcome, PID 1 decides by it (migrate/policy), the operator
 *            sees its exit code. All three must mean the same.
 */
#ifndef MIGRINIT_BASE_OUTCOME_H
#define MIGRINIT_BASE_OUTCOME_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

enum outcome {
    OUTCOME_CURRENT,      /* nothing was pending */
    OUTCOME_MIGRATED,     /* something was pending and is applied now */
    OUTCOME_REVERTED,     /* what was to be undone is undone */
    OUTCOME_AHEAD,        /* nothing pending, and the database knows migrations that we do not */
    OUTCOME_WAITED,       /* only waiting was asked for */
    OUTCOME_UNCONFIGURED, /* no database is configured, or no step: nothing was done */
    OUTCOME_NOT_CURRENT,  /* migrations are pending, and migrating was not allowed */
    OUTCOME_FAILED,       /* a migration failed */
    OUTCOME_UNREACHABLE,
    OUTCOME_REFUSED,
    OUTCOME_LOCK_TIMEOUT,
    OUTCOME_STILL_PENDING, /* AUTO_MIGRATE=wait: nobody brought the schema up to date in time */
    OUTCOME_BAD_CONFIG,    /* the migration directory, its format, or the URL */
    OUTCOME_BAD_USAGE,
    OUTCOME_INTERRUPTED, /* a stop signal ended the duty */
    OUTCOME_CRASHED,     /* the preparer died without saying how it ended */
    OUTCOME_COUNT
};

/* 0, 1, 64, 69, 75, 77, 78 or 143: what docs/exit-codes.md tells operators. */
int outcome_exit_code(enum outcome outcome);

/* Stable word for the report pipe, JSON and metrics, e.g. "lock-timeout". */
const char *outcome_name(enum outcome outcome);
bool outcome_parse(struct slice name, enum outcome *out);

enum outcome outcome_of_error(enum error_code code);

#endif
