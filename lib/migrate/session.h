/*
 * migrate/session - the run's connection: opened when needed, given up while waiting, opened again
 *
 * Why here   Two hundred replicas that wait for one migrator must not hold two hundred connections,
 *            so a waiter lets go of its connection and comes back. Everything that speaks to the
 *            server goes through the session and cannot keep a stale connection.
 */
#ifndef MIGRINIT_MIGRATE_SESSION_H
#define MIGRINIT_MIGRATE_SESSION_H

#include "migrate/report.h"
#include "pg/conn.h"
#include "pg/exec.h"

/* A command to run under the lock: an effect, so entrypoint brings it. */
struct command_request {
    const char *shell_line;
    const char *success;      /* texts between '|', one of which the output must have; or NULL */
    const char *label;        /* prefix of its output in the log */
    const char *database_url; /* "DATABASE_URL=..." for its environment: a secret */
    const struct redactor *redactor;
    int64_t deadline_ms;
    int stop_fd;
};

/* What the run needs of the process that it runs in. */
struct run_hooks {
    void *context;
    void (*report)(void *context, const struct report *report);

    /* From here on a stop signal no longer ends the process: it makes this descriptor readable. */
    int (*arm_stop)(void *context);

    /* The answer to a question (status): bytes for standard output. */
    bool (*answer)(void *context, struct slice text, struct error *err);

    /* Errors: ERR_MIGRATION (exit code, signal, time limit), ERR_INTERRUPTED, ERR_SYSTEM */
    bool (*run_command)(void *context, const struct command_request *request, struct error *err);
};

struct session {
    const struct config *config;
    const struct run_hooks *hooks;
    struct arena *arena;
    struct pg_target target;
    struct pg_conn *conn; /* NULL while there is none */
    int stop_fd;          /* -1 until a first change is about to be made */
    bool is_awaited;      /* the other targets have answered once: they are not asked again */
    bool is_announced;    /* the URL has been logged */
    bool only_reads;      /* a missing database is not created */
    bool is_touched;      /* a migration ran on conn, and may have left settings behind */
    bool is_pooler_told;  /* the log has it that a pooler is between */
    bool *given_up;       /* of [database] extensions: optional, and not to be had; NULL at first */
    bool ran_outside;     /* what failed may be done in part: it is not begun again */
};

/*
 * Connect if there is no connection, waiting as the settings say, and create the database when that
 * is asked for. Errors: as pg_wait
 */
bool session_open(struct session *session, struct error *err) MUST_CHECK;
void session_close(struct session *session);

/* What pg/exec needs to know, with this deadline (INT64_MAX for none). */
struct pg_limits session_limits(const struct session *session, int64_t deadline_ms);

/* Take stop signals from now on. */
void session_arm(struct session *session);

/* Sleep, unless a stop signal comes: then ERR_INTERRUPTED. 0 ms only looks whether one came. */
bool session_sleep(struct session *session, int64_t ms, struct error *err) MUST_CHECK;

void session_report(const struct session *session, enum phase phase);
void session_report_progress(const struct session *session, size_t done, size_t total,
                             const char *name);

#endif
