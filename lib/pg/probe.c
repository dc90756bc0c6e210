#include "pg/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct probe probe_of_database(const struct pg_target *target, struct arena *arena)
{
    return (struct probe){.database = target, .name = "database", .arena = arena};
}

bool probe_of_text(const char *text, struct arena *arena, struct probe *out, struct error *err)
{
    struct net_target target;

    if (!net_target_parse(slice_from(text), arena, &target, err))
        return error_wrap(err, "[wait] targets");
    *out = (struct probe){
        .name = target.text, .arena = arena, .net_target = target, .net = {.fd = -1}};
    return true;
}

/* --- a target of sys/net ----------------------------------------------------------------- */

static enum probe_state net_state(const struct probe *probe)
{
    static const enum probe_state of_net[] = {
        [NET_WANT_READ] = PROBE_READ,
        [NET_WANT_WRITE] = PROBE_WRITE,
        [NET_READY] = PROBE_READY,
        [NET_FAILED] = PROBE_FAILED,
    };

    return of_net[probe->net.state];
}

static struct refusal net_refusal(const struct probe *probe)
{
    return (struct refusal){.kind = REFUSAL_WAIT,
                            .code = ERR_DB_UNREACHABLE,
                            .backoff = &backoff_connect,
                            .reason = probe->net.reason};
}

/* --- a database -------------------------------------------------------------------------- */

static enum probe_state refuse(struct probe *probe, struct refusal refusal, const char *text)
{
    probe->is_setup_refused = true;
    text_sanitize(slice_from(text), probe->setup_text, sizeof probe->setup_text);
    probe->setup_refusal = refusal;
    return PROBE_FAILED;
}

static enum probe_state refuse_error(struct probe *probe, const struct error *err)
{
    struct refusal_answer answer = {.text = slice_from(err->what)};
    struct refusal_context context = {.is_unix_socket = dsn_is_unix_socket(&probe->database->dsn)};

    if (err->code == ERR_MIGRATION && !err->sqlstate[0])
        return refuse(probe, refusal_no_answer(), "");
    memcpy(answer.sqlstate, err->sqlstate, sizeof answer.sqlstate);
    return refuse(probe, refusal_classify(&answer, &context), err->what);
}

/* Let in is not enough: the session must answer, and be one that can write. */
static enum probe_state database_setup(struct probe *probe, int64_t deadline_ms)
{
    struct error err = {0};

    if (!pg_conn_setup(probe->conn, deadline_ms, probe->arena, &err))
        return refuse_error(probe, &err);
    if (pg_conn_session(probe->conn)->is_standby)
        return refuse(probe, refusal_standby(), "");
    if (pg_conn_session(probe->conn)->is_temporary)
        return refuse(probe, refusal_temporary(), "");
    return PROBE_READY;
}

static enum probe_state database_advance(struct probe *probe, int64_t deadline_ms)
{
    switch (pg_conn_poll(probe->conn)) {
    case PG_POLL_READ: return PROBE_READ;
    case PG_POLL_WRITE: return PROBE_WRITE;
    case PG_POLL_READY: return database_setup(probe, deadline_ms);
    case PG_POLL_FAILED: break;
    }
    return PROBE_FAILED;
}

/* libpq says to begin as if it had asked for a writable socket, unless it has failed already. */
static enum probe_state database_start(struct probe *probe)
{
    struct error err = {0};

    if (!pg_conn_start(probe->database, &probe->conn, &err))
        return refuse_error(probe, &err);
    return pg_conn_fd(probe->conn) < 0 ? PROBE_FAILED : PROBE_WRITE;
}

/* --- both -------------------------------------------------------------------------------- */

enum probe_state probe_start(struct probe *probe)
{
    probe->is_setup_refused = false;
    if (probe->database)
        return database_start(probe);
    net_probe_start(&probe->net, &probe->net_target);
    return net_state(probe);
}

enum probe_state probe_advance(struct probe *probe, int64_t deadline_ms)
{
    if (probe->database)
        return database_advance(probe, deadline_ms);
    net_probe_advance(&probe->net);
    return net_state(probe);
}

int probe_fd(const struct probe *probe)
{
    return probe->database ? pg_conn_fd(probe->conn) : probe->net.fd;
}

struct refusal probe_refusal(struct probe *probe, char *text, size_t text_size)
{
    snprintf(text, text_size, "%s", probe->is_setup_refused ? probe->setup_text : "");
    if (probe->is_setup_refused)
        return probe->setup_refusal;
    if (probe->database)
        return pg_conn_refusal(probe->conn, text, text_size);
    return net_refusal(probe);
}

void probe_stop(struct probe *probe)
{
    pg_conn_close(probe->conn);
    probe->conn = NULL;
    if (!probe->database && probe->net.target)
        net_probe_stop(&probe->net);
    probe->net.target = NULL;
}

struct pg_conn *probe_take(struct probe *probe)
{
    struct pg_conn *conn = probe->conn;

    probe->conn = NULL;
    return conn;
}
