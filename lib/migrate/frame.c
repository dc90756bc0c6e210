#include "migrate/frame.h"

#include <limits.h>

#include "base/buf.h"

/* The server keeps limits as an int of milliseconds. */
static int limit_of(int64_t timeout_ms)
{
    return timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
}

/* Both are 0 in a session that was just set up. */
static void add_limits(struct buf *sql, const struct step *step)
{
    if (step->table_lock_timeout_ms)
        buf_printf(sql, "SET LOCAL lock_timeout = %d;", limit_of(step->table_lock_timeout_ms));
    if (step->statement_timeout_ms)
        buf_printf(sql, "SET LOCAL statement_timeout = %d;", limit_of(step->statement_timeout_ms));
    buf_add_text(sql, "\n");
}

struct message_frame frame_of_step(const struct step *step, struct arena *arena)
{
    struct buf before = buf_in(arena);

    buf_add_text(&before, "BEGIN;");
    add_limits(&before, step);
    return (struct message_frame){.before = buf_slice(&before), .after = SLICE("COMMIT")};
}

static struct message_frame frame_in_pool(const struct session *session, const struct step *step)
{
    struct buf before = buf_in(session->arena);

    buf_add(&before, pg_conn_local_sql(session->conn, session->arena));
    add_limits(&before, step);
    return (struct message_frame){
        .before = buf_slice(&before),
        .after = SLICE("COMMIT;RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL")};
}

/*
 * A file may leave settings behind, a search_path above all. The next file must find the session as
 * the first one did: putting it right goes ahead of the next BEGIN and costs no round trip.
 */
struct message_frame frame_of(const struct session *session, const struct step *step)
{
    struct message_frame frame;
    struct buf before = buf_in(session->arena);

    if (pg_conn_session(session->conn)->is_pooled)
        return frame_in_pool(session, step);
    frame = frame_of_step(step, session->arena);
    if (!session->is_touched)
        return frame;
    buf_add(&before, pg_conn_reset_sql(session->conn, session->arena));
    buf_add(&before, frame.before);
    frame.before = buf_slice(&before);
    return frame;
}

struct slice frame_of_statements(const struct session *session, const struct step *step)
{
    struct buf sql = buf_in(session->arena);

    if (session->is_touched)
        buf_add(&sql, pg_conn_reset_sql(session->conn, session->arena));
    if (step->statement_timeout_ms)
        buf_printf(&sql, "SET statement_timeout = %d;", limit_of(step->statement_timeout_ms));
    return buf_slice(&sql);
}
