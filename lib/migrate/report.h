/*
 * migrate/report - what the preparer tells PID 1 over a pipe, one line each
 *
 * Why here   The exit code says how it ended, but a dead preparer says nothing: the phases tell PID
 *            1 what was going on (for its sentences, for health and for sd_notify), and the outcome
 *            is kept apart from the exit code, which is not one-to-one.
 * Lines      "phase waiting", "phase locking", "phase migrating 3 17 0014_add_orders", "outcome
 *            lock-timeout"
 * Safety     decoding works on any bytes; a line that is not understood is dropped
 */
#ifndef MIGRINIT_MIGRATE_REPORT_H
#define MIGRINIT_MIGRATE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "base/slice.h"

enum phase { PHASE_STARTING, PHASE_WAITING, PHASE_LOCKING, PHASE_MIGRATING, PHASE_COUNT };

enum report_kind { REPORT_PHASE, REPORT_OUTCOME };

struct report {
    enum report_kind kind;
    enum phase phase;
    enum outcome outcome;
    unsigned done, total; /* of PHASE_MIGRATING */
    char name[96];        /* of the migration at work; "" for none */
};

enum { REPORT_LINE_MAX = 192 };

const char *phase_name(enum phase phase);

/* With a line end; gives the length. Names are sanitized to one word. */
size_t report_encode(const struct report *report, char *out, size_t out_size);
bool report_decode(struct slice line, struct report *report);

#endif
