/*
 * pg/refusal - what a refused connection means: come back, come back a few times, or never
 *
 * Why here   A wrong password answers as promptly as a good one, and a server that starts up
 *            refuses as clearly as one that will never let us in. Every waiting tool that retries
 *            all alike hangs on a typo; every one that retries none crash-loops at boot. This is
 *            the table between them.
 * Purity     code and text in, verdict out: tests walk every row
 * Facts      measured against PostgreSQL 15, libpq 15, PgBouncer 1.18 (docs/failures.md has the
 *            table); server severity words may be localised, SQLSTATE never; libpq's own texts are
 *            not when LC_MESSAGES is C, which the preparer sets. The words for an errno are those
 *            of glibc and of musl.
 */
#ifndef MIGRINIT_PG_REFUSAL_H
#define MIGRINIT_PG_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"
#include "base/error.h"
#include "base/slice.h"
#include "pg/answers.h"

enum refusal_kind {
    REFUSAL_WAIT,   /* until the total deadline */
    REFUSAL_GRACE,  /* a few seconds from the first such answer, then it is final */
    REFUSAL_FINAL,  /* at once */
    REFUSAL_MISSING /* 3D000: the database does not exist */
};

struct refusal {
    enum refusal_kind kind;
    int64_t grace_ms;     /* of REFUSAL_GRACE, REFUSAL_MISSING; AUTH_GRACE: [wait] auth_grace */
    enum error_code code; /* when it becomes final */
    const struct backoff_policy *backoff;
    const char *reason; /* short and stable: "connection refused", "starting up" */
    const char *hint;   /* NULL for none */
    char sqlstate[6];   /* of the answer that was judged, "" when it carried none */
};

enum { AUTH_GRACE = -1 };

struct refusal_context {
    bool is_unix_socket;
    bool needs_password; /* PQconnectionNeedsPassword() */
};

struct refusal refusal_classify(const struct refusal_answer *answer,
                                const struct refusal_context *context);

/*
 * Of several answers to one attempt the most hopeful one counts: a second host that starts up
 * outweighs a first one that knows no such role. Ties go to the earlier one. No answer at all is
 * judged like a server that said nothing.
 */
size_t refusal_most_hopeful(const struct refusal_answer *answers, size_t count,
                            const struct refusal_context *context);
struct refusal refusal_choose(const struct refusal_answer *answers, size_t count,
                              const struct refusal_context *context);

/* Judgements on what no message of libpq tells. */
struct refusal refusal_no_answer(void); /* the attempt's time is over */
struct refusal refusal_standby(void);   /* let in, but read-only */
struct refusal refusal_temporary(void); /* let in by a server that is only there to be set up */

#endif
