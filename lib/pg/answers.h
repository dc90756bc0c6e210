/*
 * pg/answers - what libpq says about a failed attempt, taken apart
 *
 * Why here   libpq keeps the SQLSTATE of a refused connection to itself. Only its verbose text has
 *            it, at a fixed position: "SEVERITY:  SQLSTATE: text", then DETAIL, HINT, LOCATION. One
 *            attempt may hold several such texts: one a host, one more for the try without TLS.
 * Purity     bytes in, slices of them out
 */
#ifndef MIGRINIT_PG_ANSWERS_H
#define MIGRINIT_PG_ANSWERS_H

#include <stddef.h>

#include "base/slice.h"

/* One answer to a failed attempt. */
struct refusal_answer {
    char sqlstate[6];     /* "" when libpq speaks, not the server */
    struct slice text;    /* the message with its DETAIL and HINT lines, redacted */
    struct slice routine; /* of LOCATION, or empty; never localised, as the text may be */
};

enum { REFUSAL_ANSWERS_MAX = 16 };

/* Gives how many answers there are (at most max). */
size_t refusal_answers(struct slice message, struct refusal_answer *out, size_t max);

#endif
