#include "migrate/frame.h"

#include <limits.h>

#include <string.h>

#include "base/buf.h"
#include "conf/options.h"

/* The server keeps limits as an int of milliseconds. */
static int limit_of(int64_t timeout_ms)
{
    return timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
}

static bool is_in_url(const struct session *session, const char *name)
{
    const struct dsn *dsn = &session->target.dsn;

    for (size_t i = 0; i < dsn->setting_count; i++)
        if (strcmp(dsn->settings[i].keyword, name) == 0)
            return true;
    return false;
}

static bool is_given(const struct session *session, const struct step *step, struct slice key)
{
    const struct option *option = option_find(SLICE("migrate"), key);

    return config_origin(session->config, step, option).kind != ORIGIN_DEFAULT;
}

bool frame_lock_limit_is_urls(const struct session *session, const struct step *step)
{
    return is_in_url(session, "lock_timeout") &&
           !is_given(session, step, SLICE("table_lock_timeout"));
}

static bool statement_limit_is_urls(const struct session *session, const struct step *step)
{
    return is_in_url(session, "statement_timeout") &&
           !is_given(session, step, SLICE("statement_timeout"));
}

/* 0 in a session that was just set up, unless the URL has one. Gives how many statements that are. */
static size_t add_limit(struct buf *sql, const struct session *session, const char *verb,
                        const char *name, int64_t timeout_ms)
{
    if (!timeout_ms && !is_in_url(session, name))
        return 0;
    buf_printf(sql, "%s %s = %d;", verb, name, limit_of(timeout_ms));
    return 1;
}

static size_t add_limits(struct buf *sql, const struct session *session, const struct step *step)
{
    size_t count = 0;

    if (!frame_lock_limit_is_urls(session, step))
        count += add_limit(sql, session, "SET LOCAL", "lock_timeout", step->table_lock_timeout_ms);
    if (!statement_limit_is_urls(session, step))
        count +=
            add_limit(sql, session, "SET LOCAL", "statement_timeout", step->statement_timeout_ms);
    buf_add_text(sql, "\n");
    return count;
}

static struct message_frame frame_behind(const struct session *session, const struct step *step,
                                         struct pg_prelude settings, const char *begin,
                                         struct slice after)
{
    struct buf before = buf_in(session->arena);
    size_t count = settings.statement_count + (begin[0] != '\0');

    buf_add(&before, settings.sql);
    buf_add_text(&before, begin);
    count += add_limits(&before, session, step);
    return (struct message_frame){buf_slice(&before), count, after};
}

struct message_frame frame_when_new(const struct session *session, const struct step *step)
{
    return frame_behind(session, step, (struct pg_prelude){0}, "BEGIN;", SLICE("COMMIT"));
}

static struct message_frame frame_in_pool(const struct session *session, const struct step *step)
{
    return frame_behind(session, step, pg_conn_local(session->conn, session->arena), "",
                        SLICE("COMMIT;RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL"));
}

/*
 * A file may leave settings behind, a search_path above all. The next file must find the session as
 * the first one did: putting it right goes ahead of the next BEGIN and costs no round trip.
 */
struct message_frame frame_of(const struct session *session, const struct step *step)
{
    if (pg_conn_session(session->conn)->is_pooled)
        return frame_in_pool(session, step);
    if (!session->is_touched)
        return frame_when_new(session, step);
    return frame_behind(session, step, pg_conn_reset(session->conn), "BEGIN;", SLICE("COMMIT"));
}

struct slice frame_of_statements(const struct session *session, const struct step *step)
{
    struct buf sql = buf_in(session->arena);

    if (session->is_touched)
        buf_add(&sql, pg_conn_reset(session->conn).sql);
    if (!statement_limit_is_urls(session, step))
        add_limit(&sql, session, "SET", "statement_timeout", step->statement_timeout_ms);
    return buf_slice(&sql);
}
