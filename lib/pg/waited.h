/*
 * pg/waited - what is known of one thing that is waited for, and what the log says of it
 *
 * Why here   How long a refusal is borne, and when the log has something new to say, are decided from
 *            values: the waiter's loop (pg/wait) has the sockets, timers and connections.
 */
#ifndef MIGRINIT_PG_WAITED_H
#define MIGRINIT_PG_WAITED_H

#include "pg/refusal.h"

struct waited {
    const char *name; /* "database", "tcp://cache:6379" */
    bool is_database;
    unsigned attempts;
    unsigned retries;         /* since the class of refusal last changed */
    int64_t refused_since_ms; /* ... and when that was: a grace counts from there */
    struct refusal refusal;   /* of the last attempt, but for its reason */
    char reason[128];
    char text[256];        /* what was said, redacted; "" for nothing */
    char told_reason[128]; /* the one that the log has */
};

/* Nothing was answered yet. */
struct waited waited_init(const char *name, bool is_database);

/* The attempt was refused; the reason is copied, for the next attempt may overwrite it. */
void waited_note(struct waited *waited, const struct refusal *refusal, int64_t now_ms);

struct waited_graces {
    int64_t auth_ms;       /* [wait] auth_grace */
    bool is_missing_final; /* a database that is missing is made then, at once */
};

/* Milliseconds until the refusal is final; INT64_MAX for never. */
int64_t waited_grace_left_ms(const struct waited *waited, const struct waited_graces *graces,
                             int64_t now_ms);

/* Whether the log has another reason than the last one, or none. */
bool waited_has_news(const struct waited *waited);

/* A hint in every line would be noise; after the first ten seconds it may be the answer. */
void waited_tell(struct waited *waited, int64_t elapsed_ms, bool with_hint);
void waited_tell_attempt(const struct waited *waited);

/* Nothing where nothing was told before: whoever answers at once is not worth a line. */
void waited_tell_ready(const struct waited *waited, int64_t elapsed_ms);

#endif
