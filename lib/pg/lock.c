#include "pg/lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/duration.h"
#include "pg/conn_intern.h"

static const struct slice key_prefix = {"migrinit:lock:", 14};

int64_t pg_lock_key(struct slice guarded)
{
    char hex[DIGEST_SHA256_HEX + 1];
    struct arena *arena = arena_new();
    struct buf text = buf_in(arena);

    buf_add(&text, key_prefix);
    buf_add(&text, guarded);
    digest_sha256_hex(buf_slice(&text), hex);
    arena_free(arena);
    hex[16] = '\0'; /* the first 64 bits of it */
    return (int64_t)strtoull(hex, NULL, 16);
}

/* What the lock ends with, and what stands around its query: the session, or a transaction. */
struct scope {
    const char *before, *function, *after;
};

static const struct scope of_session = {"", "pg_try_advisory_lock", ""};
static const struct scope of_transaction = {
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; ", "pg_try_advisory_xact_lock",
    " SAVEPOINT migrinit;"};

/* CASE alone promises that a lock is not tried once an earlier one was missed. */
void pg_lock_try_ahead(struct pg_conn *conn, const int64_t *keys, size_t count)
{
    const struct scope *scope = conn->session.is_pooled ? &of_transaction : &of_session;
    char *end = conn->ahead, *limit = conn->ahead + sizeof conn->ahead;

    end += snprintf(end, (size_t)(limit - end), "%sSELECT CASE", scope->before);
    for (size_t i = 0; i < count && i < PG_LOCK_KEYS_MAX; i++)
        end += snprintf(end, (size_t)(limit - end), " WHEN NOT pg_catalog.%s(%" PRId64 ") THEN %zu",
                        scope->function, keys[i], i);
    snprintf(end, (size_t)(limit - end),
             " ELSE %zu END, pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery();%s", count,
             scope->after);
    conn->ahead_answer = -1;
}

/* A query that found no table yet has failed, and the transaction with it; the lock is older. */
static bool recover_transaction(struct pg_conn *conn, const struct pg_limits *limits,
                                struct error *err)
{
    struct pg_run run;

    return PQtransactionStatus(conn->pg) != PQTRANS_INERROR ||
           pg_run(conn, SLICE("ROLLBACK TO SAVEPOINT migrinit"), limits, &run, err);
}

bool pg_lock_tried(struct pg_conn *conn, const struct pg_limits *limits, size_t *held_count,
                   struct error *err)
{
    struct arena *arena = arena_new();
    struct rowset none;
    bool is_told = !conn->ahead[0] || pg_query(conn, SLICE(""), limits, arena, &none, err);

    arena_free(arena);
    *held_count = conn->ahead_answer > 0 ? (size_t)conn->ahead_answer : 0;
    return is_told && recover_transaction(conn, limits, err);
}

static struct slice release_sql(const int64_t *keys, size_t count, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    for (size_t i = count; i-- > 0;)
        buf_printf(&sql, "%s pg_catalog.pg_advisory_unlock(%" PRId64 ")", sql.len ? "," : "SELECT",
                   keys[i]);
    return buf_slice(&sql);
}

/* Behind a pooler: what was to stay has been committed, and its lock went with it. */
static bool end_transaction(struct pg_conn *conn, const struct pg_limits *limits, struct error *err)
{
    struct pg_run run;

    return !pg_conn_is_in_transaction(conn) || pg_run(conn, SLICE("ROLLBACK"), limits, &run, err);
}

static bool release_keys(struct pg_conn *conn, const int64_t *keys, size_t count,
                         const struct pg_limits *limits, struct error *err)
{
    struct arena *arena = arena_new();
    struct rowset rows;
    bool is_done = pg_query(conn, release_sql(keys, count, arena), limits, arena, &rows, err);
    bool were_held = true;

    for (size_t i = 0; is_done && i < count; i++)
        were_held &= rowset_bool(&rows, 0, i);
    arena_free(arena);
    if (!is_done || were_held)
        return is_done;
    error_set(err, ERR_MIGRATION, "the advisory lock was not ours any more");
    error_hint(err, "does a migration call pg_advisory_unlock_all()?");
    return false;
}

bool pg_lock_release(struct pg_conn *conn, const int64_t *keys, size_t count,
                     const struct pg_limits *limits, struct error *err)
{
    if (conn->session.is_pooled)
        return end_transaction(conn, limits, err);
    return !count || release_keys(conn, keys, count, limits, err);
}

enum column { PID, APPLICATION, AGE_MS, STATE };

/* pg_locks shows a 64-bit key in two halves, and objsubid 1 where it was given as one. */
static struct slice holder_sql(int64_t key, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_printf(&sql,
               "SELECT l.pid, a.application_name, "
               "(extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start) * 1000)::int8, "
               "a.state "
               "FROM pg_catalog.pg_locks l "
               "LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid "
               "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
               "AND l.classid = %" PRIu32 " AND l.objid = %" PRIu32 " "
               "AND l.database = (SELECT oid FROM pg_catalog.pg_database "
               "WHERE datname = pg_catalog.current_database()) LIMIT 1",
               (uint32_t)((uint64_t)key >> 32), (uint32_t)key);
    return buf_slice(&sql);
}

/* Age and state of another role's session are NULL for a role without privilege on it. */
static void holder_format(const struct rowset *rows, char *out, size_t out_size)
{
    struct slice application = rowset_get(rows, 0, APPLICATION);
    struct slice state = rowset_get(rows, 0, STATE);
    char age[32];
    int len;

    duration_format(rowset_int(rows, 0, AGE_MS, 0), age, sizeof age);
    len = snprintf(out, out_size, "pid %lld", rowset_int(rows, 0, PID, 0));
    if (application.len && (size_t)len < out_size)
        len += snprintf(out + len, out_size - (size_t)len, ", %.*s", SLICE_ARG(application));
    if (!rowset_is_null(rows, 0, AGE_MS) && (size_t)len < out_size)
        snprintf(out + len, out_size - (size_t)len, " (%s, %.*s)", age, SLICE_ARG(state));
}

bool pg_lock_holder(struct pg_conn *conn, int64_t key, const struct pg_limits *limits, char *out,
                    size_t out_size, struct error *err)
{
    struct arena *arena = arena_new();
    struct rowset rows;
    bool is_done = pg_query(conn, holder_sql(key, arena), limits, arena, &rows, err);

    if (is_done && rows.row_count == 0)
        out[0] = '\0';
    else if (is_done)
        holder_format(&rows, out, out_size);
    arena_free(arena);
    return is_done;
}
