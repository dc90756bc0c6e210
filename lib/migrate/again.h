/*
 * migrate/again - after a failure: is the turn taken once more, and when
 *
 * Why here   A transaction that met a lock, a deadlock, a shortage or the loss of its connection has changed
 *            nothing, or all of it, and the bookkeeping tells which. So the lock is let go, after a
 *            pause it is taken again, the history is read anew, and what is still pending is begun
 *            again. What ran outside a transaction has left its traces: that is a person's affair.
 * Budget     [migrate] tries, for one migration: progress begins it anew.
 * Purity     again_why(), again_tries() and again_pause_ms(): values in, values out
 */
#ifndef MIGRINIT_MIGRATE_AGAIN_H
#define MIGRINIT_MIGRATE_AGAIN_H

#include "migrate/work.h"

enum again_why {
    AGAIN_NOT,
    AGAIN_BLOCKED, /* 55P03, 40P01, 40001: rolled back */
    AGAIN_SHORT,   /* 53200, the server's memory or lock table was full: rolled back, and worth one
                    * more try */
    AGAIN_LOST,    /* the connection, or the server's role (25006): applied whole or not at all */
};

enum again_why again_why(const struct error *err, bool ran_outside);

struct again {
    unsigned begun;        /* how many times what is pending next */
    size_t done_count;     /* of the work, at the last failure */
    bool was_short;        /* and with AGAIN_SHORT already */
    int64_t last_pause_ms; /* 0: none yet */
    const char *in_flight; /* id of the migration whose commit may have lost its answer, or NULL */
};

/*
 * How many times it may be begun in all, of [migrate] tries, after failures of which this is number
 * again->begun. What another session took of the server it may have given back a moment later; what
 * the file itself takes it takes every time: a shortage is one more try.
 */
int64_t again_tries(const struct again *again, enum again_why why, int64_t tries);

/* Decorrelated jitter: from half a second to three times the last pause, 30 s at most. */
int64_t again_pause_ms(int64_t last_pause_ms, double random);

/*
 * True: the session is ready for the next turn, after a pause that was told. False: err is the end,
 * the old error or ERR_INTERRUPTED.
 */
bool again_prepare(struct again *again, struct work *work, struct error *err) MUST_CHECK;

/* Once the history was read again: a commit whose answer was lost is told. */
void again_tell_recognised(struct again *again, const struct work *work);

#endif
