/*
 * pg/probe - one thing that is waited for, asked once
 *
 * Why here   The waiter's loop knows descriptors, pauses and deadlines, and no difference between a
 *            database and a tcp:// target; this room has the difference.
 * Flow       probe_start() -> probe_advance() whenever the descriptor is ready -> PROBE_READY or
 *            PROBE_FAILED; after a failure probe_refusal() says what it means, then probe_stop()
 */
#ifndef MIGRINIT_PG_PROBE_H
#define MIGRINIT_PG_PROBE_H

#include "pg/conn.h"
#include "sys/net.h"

enum probe_state { PROBE_READ, PROBE_WRITE, PROBE_READY, PROBE_FAILED };

struct probe {
    const struct pg_target *database; /* NULL: a target of sys/net */
    const char *name;                 /* for the log: "database", "tcp://cache:6379" */
    struct arena *arena;
    struct pg_conn *conn; /* of a database, from start to stop, or until it is taken */
    struct refusal setup_refusal;
    bool is_setup_refused; /* connected, and then not of use */
    char setup_text[256];
    struct net_target net_target;
    struct net_probe net;
};

struct probe probe_of_database(const struct pg_target *target, struct arena *arena);

/* Errors: ERR_CONFIG */
bool probe_of_text(const char *text, struct arena *arena, struct probe *out,
                   struct error *err) MUST_CHECK;

/* May block in name look-up. */
enum probe_state probe_start(struct probe *probe);

/* A database is asked for its session here: at most until the deadline. */
enum probe_state probe_advance(struct probe *probe, int64_t deadline_ms);

/* The descriptor may be another one after each call. */
int probe_fd(const struct probe *probe);

/* What the failure means; `text` is what was said, redacted, "" when nothing was. */
struct refusal probe_refusal(struct probe *probe, char *text, size_t text_size);

/* Safe at any time, also twice. */
void probe_stop(struct probe *probe);

/* The caller owns the connection from now on. */
struct pg_conn *probe_take(struct probe *probe);

#endif
