/*
 * pg/conn - a session with the database, and the only door of its secret
 *
 * Why here   The one room that opens a secret (secret_reveal): the URL is taken apart here and the
 *            password handed to libpq. libpq's texts are redacted before anybody sees them.
 * Owns       struct pg_conn owns the PGconn; close with pg_conn_close(). The target that it was
 *            started with must outlive it.
 * Beware     pg_conn_start() may block in name look-up (20 s with a dead name server): only the
 *            preparer may call it. libpq ignores connect_timeout on this path: the caller keeps the
 *            time.
 */
#ifndef MIGRINIT_PG_CONN_H
#define MIGRINIT_PG_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "pg/refusal.h"
#include "pg/target.h"

/*
 * step->url, else the migration URL, else the URL, else the parts ([database] host ..., POSTGRES_*,
 * DB_*), each with gaps filled from the parts and from libpq's PG* variables: the rules are in
 * pg/target. step may be NULL. Errors: ERR_CONFIG
 */
bool pg_target_resolve(const struct config *config, const struct step *step, struct arena *arena,
                       struct pg_target *out, struct error *err) MUST_CHECK;

/*
 * "DATABASE_URL=postgresql://user:password@host/db" for the environment of a command step: the URL
 * as it was written where that says all, for the command may know parameters that libpq does not;
 * else one made of the parts. The password is in it: hand it to execve() and to nobody else.
 */
const char *pg_target_environment(const struct pg_target *target, struct arena *arena);

struct pg_conn;

/* What the session set-up learned. */
struct pg_session {
    int server_version; /* 150018 */
    int backend_pid;
    bool is_pooled;    /* libpq's pid is not the server's: a pooler is between */
    bool is_standby;   /* pg_is_in_recovery() or read-only; asked again with each try of the lock */
    bool is_temporary; /* the official image's, for its init scripts; asked over a unix socket */
    const char *database;
    const char *user;
    const char *schema; /* current_schema(), NULL when the search_path names none that exists */
};

/* Begin connecting. Errors: ERR_SYSTEM only when libpq has no memory; a refusal shows in
 * pg_conn_poll. */
bool pg_conn_start(const struct pg_target *target, struct pg_conn **out,
                   struct error *err) MUST_CHECK;

enum pg_poll { PG_POLL_READ, PG_POLL_WRITE, PG_POLL_READY, PG_POLL_FAILED };
enum pg_poll pg_conn_poll(struct pg_conn *conn);

/* The descriptor may change between polls. */
int pg_conn_fd(const struct pg_conn *conn);

/* After PG_POLL_FAILED: what it means, and the redacted message in one line (cut to text_size). */
struct refusal pg_conn_refusal(const struct pg_conn *conn, char *text, size_t text_size);

/*
 * After PG_POLL_READY, one round trip: session settings (client_connection_check_interval, time
 * limits off, application_name) and pg_session. search_path of the URL is set here, not by a
 * start-up option, which PgBouncer refuses. Through a pooler the settings last for this one
 * message.
 */
bool pg_conn_setup(struct pg_conn *conn, int64_t deadline_ms, struct arena *arena,
                   struct error *err) MUST_CHECK;
const struct pg_session *pg_conn_session(const struct pg_conn *conn);

/* What goes ahead of a transaction: plain SETs and RESETs, each ended by ';', none of which takes a
 * snapshot. */
struct pg_prelude {
    struct slice sql;
    size_t statement_count;
};

/*
 * Statements that put the session back to what pg_conn_setup made it, whatever a migration changed
 * (role, search_path, time limits). For sending ahead of the next transaction in the same message,
 * which is why they are composed but once.
 */
struct pg_prelude pg_conn_reset(const struct pg_conn *conn);

/* Behind a pooler the session is not ours to set: the same settings for the open transaction. */
struct pg_prelude pg_conn_local(const struct pg_conn *conn, struct arena *arena);

/* Also in one that has failed. */
bool pg_conn_is_in_transaction(const struct pg_conn *conn);

/* NULL is allowed. */
void pg_conn_close(struct pg_conn *conn);

#endif
