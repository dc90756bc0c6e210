/*
 * pg/sqlstate - what a refused connection means: come back, come back a few times, or never
 *
 * Why here   A wrong password answers as promptly as a good one, and a server that starts up
 * refuses as clearly as one that will never let us in. Every waiting tool that retries all alike
 * hangs on a typo; every one that retries none crash-loops at boot. This is the table between them.
 * Purity     code and text in, verdict out: tests walk every row
 * Facts      measured against PostgreSQL 15, libpq 15, PgBouncer 1.18 (docs/failures.md has the
 * table); server severity words may be localised, SQLSTATE never; libpq's own texts are not when
 *            LC_MESSAGES is C, which the preparer sets.
 */
#ifndef MIGRINIT_PG_SQLSTATE_H
#define MIGRINIT_PG_SQLSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"
#include "base/error.h"
#include "base/slice.h"

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
};

enum { AUTH_GRACE = -1 };

/* One answer of libpq to a failed attempt; a connection may give several (multi-host,
 * sslmode=prefer). */
struct refusal_answer {
    char sqlstate[6];     /* "" when the message carries none */
    struct slice text;    /* the message's text, redacted */
    struct slice routine; /* of LOCATION, or empty */
};

struct refusal_context {
    bool is_unix_socket;
    bool needs_password; /* PQconnectionNeedsPassword() */
};

struct refusal refusal_classify(const struct refusal_answer *answer,
                                const struct refusal_context *context);

/*
 * libpq's verbose message taken apart into its answers; gives how many (at most max). The most
 * hopeful one counts: refusal_choose().
 */
size_t refusal_answers(struct slice message, struct refusal_answer *out, size_t max);
struct refusal refusal_choose(const struct refusal_answer *answers, size_t count,
                              const struct refusal_context *context);

/* While migrating: whether a whole transactional file may be tried again (40001, 40P01, 55P03). */
bool sqlstate_is_retryable(const char *sqlstate);

/* 08xxx, 57P01-57P05, 25P03: the session is gone. */
bool sqlstate_is_connection_loss(const char *sqlstate);

/* What an operator can do about this state while migrating, or NULL. */
const char *sqlstate_hint(const char *sqlstate);

#endif
