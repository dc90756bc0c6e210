#include "pg/refusal.h"

#include <string.h>

#include "base/compiler.h"

/* Where a row holds. */
enum place { ANYWHERE, OVER_TCP, OVER_UNIX };

/*
 * The first row that fits decides. `state` is a whole SQLSTATE, its class (two characters), or ""
 * for texts of libpq itself; `text` and `routine` must occur when they are given.
 */
struct row {
    const char *state;
    const char *text;
    const char *routine;
    enum place place;
    struct refusal verdict;
};

#define WAIT(reason, hint)                                                                         \
    {                                                                                              \
        REFUSAL_WAIT, 0, ERR_DB_UNREACHABLE, &backoff_connect, reason, hint, ""                    \
    }
#define WAIT_CROWDED(reason, hint)                                                                 \
    {                                                                                              \
        REFUSAL_WAIT, 0, ERR_DB_UNREACHABLE, &backoff_crowded, reason, hint, ""                    \
    }
/* The refusal of a login, where more time may still help: not so often as to look like an attack.
 */
#define WAIT_LOGIN(reason, hint)                                                                   \
    {                                                                                              \
        REFUSAL_WAIT, 0, ERR_DB_REFUSED, &backoff_refused, reason, hint, ""                        \
    }
#define GRACE(ms, code, reason, hint)                                                              \
    {                                                                                              \
        REFUSAL_GRACE, ms, code, &backoff_connect, reason, hint, ""                                \
    }
#define GRACE_LOGIN(reason, hint)                                                                  \
    {                                                                                              \
        REFUSAL_GRACE, AUTH_GRACE, ERR_DB_REFUSED, &backoff_refused, reason, hint, ""              \
    }
#define FINAL(code, reason, hint)                                                                  \
    {                                                                                              \
        REFUSAL_FINAL, 0, code, &backoff_refused, reason, hint, ""                                 \
    }
#define MISSING(reason, hint)                                                                      \
    {                                                                                              \
        REFUSAL_MISSING, 30000, ERR_DB_REFUSED, &backoff_connect, reason, hint, ""                 \
    }

static const char hint_password[] =
    "check user and password; the server does not tell an unknown role from a wrong password";
static const char hint_no_password[] =
    "give one: in DATABASE_URL, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE";
static const char hint_role[] = "the role must exist and have LOGIN";
static const char hint_hba[] =
    "pg_hba.conf of the server has no line for this client, role and database";
static const char hint_hba_tls[] =
    "the server lets this role in over TLS only: set sslmode=require or better";
static const char hint_missing[] =
    "create it, or let it be created: [database] create = true (MIGRINIT_DATABASE_CREATE)";
static const char hint_name[] = "no such name yet; is the host spelled right?";
static const char hint_slots[] =
    "raise max_connections or the limit of the role or database, or start fewer clients";
static const char hint_tls_offer[] =
    "turn on ssl on the server, or choose sslmode=prefer or disable";
static const char hint_ca[] =
    "sslrootcert must hold the authority that signed the server's certificate; is the clock right?";
static const char hint_key[] =
    "the key must be a readable file of mode 0600, or 0640 when it belongs to root";
static const char hint_not_postgres[] = "is another service listening on this port?";
static const char hint_socket_access[] = "the socket's folder must be readable for this user";
static const char hint_setting[] = "see `migrinit config` for where the setting comes from";
static const char hint_pooler_parameter[] =
    "remove it from the URL, or list it in ignore_startup_parameters of PgBouncer";
static const char hint_read_only[] =
    "the URL leads to a replica or a read-only role; migrations need the primary";

static const char hint_temporary[] = "the official image runs its init scripts on a server of its "
                                     "own; its log says how far they are";

/* What the server, or a pooler before it, answers. */
static const struct row server_rows[] = {
    {"57P03", "Hot standby mode is disabled", NULL, ANYWHERE,
     GRACE(60000, ERR_DB_REFUSED, "a standby that takes no sessions", hint_read_only)},
    {"57P03", "starting up", NULL, ANYWHERE, WAIT("starting up", NULL)},
    {"57P03", "shutting down", NULL, ANYWHERE, WAIT("shutting down", NULL)},
    {"57P03", "recovery", NULL, ANYWHERE, WAIT("in recovery", NULL)},
    {"57P03", NULL, NULL, ANYWHERE, WAIT("not yet accepting connections", NULL)},
    {"57P04", NULL, NULL, ANYWHERE, MISSING("database was dropped", hint_missing)},
    {"57", NULL, NULL, ANYWHERE, WAIT("connection terminated by the server", NULL)},
    {"25P03", NULL, NULL, ANYWHERE, WAIT("connection terminated by the server", NULL)},
    {"25006", NULL, NULL, ANYWHERE, WAIT("server is read-only", hint_read_only)},
    {"53300", "for role", NULL, ANYWHERE,
     WAIT_CROWDED("too many connections for the role", hint_slots)},
    {"53300", "for database", NULL, ANYWHERE,
     WAIT_CROWDED("too many connections for the database", hint_slots)},
    {"53300", NULL, NULL, ANYWHERE, WAIT_CROWDED("too many connections", hint_slots)},
    {"53", NULL, NULL, ANYWHERE, WAIT_CROWDED("server is out of resources", NULL)},
    {"28P01", NULL, NULL, OVER_UNIX, WAIT_LOGIN("password authentication failed", hint_password)},
    {"28P01", NULL, NULL, ANYWHERE, GRACE_LOGIN("password authentication failed", hint_password)},
    {"28000", "valid client certificate", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "client certificate required", "set sslcert and sslkey")},
    {"28000", "no encryption", NULL, ANYWHERE,
     GRACE_LOGIN("no pg_hba.conf entry without TLS", hint_hba_tls)},
    {"28000", "SSL off", NULL, ANYWHERE, /* as servers before 14 say it */
     GRACE_LOGIN("no pg_hba.conf entry without TLS", hint_hba_tls)},
    {"28000", NULL, "ClientAuthentication", OVER_UNIX,
     WAIT_LOGIN("no pg_hba.conf entry", hint_hba)},
    {"28000", NULL, "ClientAuthentication", ANYWHERE,
     GRACE_LOGIN("no pg_hba.conf entry", hint_hba)},
    {"28", NULL, NULL, OVER_UNIX, WAIT_LOGIN("login refused", hint_role)},
    {"28", NULL, NULL, ANYWHERE, GRACE_LOGIN("login refused", hint_role)},
    {"3D", NULL, NULL, ANYWHERE, MISSING("database does not exist", hint_missing)},
    {"42501", NULL, NULL, ANYWHERE,
     GRACE_LOGIN("permission denied", "the role needs CONNECT on the database")},
    {"42704", NULL, NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "unknown server setting in the connection options", hint_setting)},
    {"22023", NULL, NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "bad server setting in the connection options", hint_setting)},
    {"42602", NULL, NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "bad server setting in the connection options", hint_setting)},
    {"55", NULL, NULL, ANYWHERE,
     GRACE(30000, ERR_DB_REFUSED, "database is not accepting connections", NULL)},
    {"0A000", NULL, NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "protocol or feature not supported by the server", NULL)},
    /* PgBouncer 1.18 says 08P01 to everything, and never a LOCATION; PostgreSQL itself says it
     * with one, to a client whose bytes it does not understand. */
    {"08P01", "unsupported startup parameter", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "start-up parameter not supported by the pooler", hint_pooler_parameter)},
    {"08P01", "authentication failed", NULL, ANYWHERE,
     GRACE_LOGIN("authentication failed", hint_password)},
    {"08P01", NULL, "Process", ANYWHERE, FINAL(ERR_DB_REFUSED, "protocol violation", NULL)},
    {"08", NULL, NULL, ANYWHERE, WAIT("connection trouble reported by the server", NULL)},
    {"58", NULL, NULL, ANYWHERE,
     GRACE(30000, ERR_DB_REFUSED, "server reports damage or an input/output error", NULL)},
    {"XX", NULL, NULL, ANYWHERE,
     GRACE(30000, ERR_DB_REFUSED, "server reports an internal error", NULL)},
    {"P0", NULL, NULL, ANYWHERE, GRACE_LOGIN("refused by a trigger of the server", NULL)},
    {"", NULL, NULL, ANYWHERE, FINAL(ERR_DB_REFUSED, "refused by the server", NULL)},
};

/* What libpq says by itself. Rows on TLS come before those on errno: their texts may hold both. */
static const struct row libpq_rows[] = {
    {"", "no password supplied", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "password required, none given", hint_no_password)},

    {"", "server does not support SSL", NULL, ANYWHERE,
     GRACE(5000, ERR_DB_REFUSED, "server does not offer TLS", hint_tls_offer)},
    {"", "root certificate file", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "root certificate cannot be read", "see sslrootcert")},
    {"", "private key file", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "client key cannot be used", hint_key)},
    {"", "certificate verify failed", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "certificate not trusted", hint_ca)},
    {"", "does not match host name", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "certificate is for another host name",
           "connect by a name that the certificate has")},
    {"", "host name must be specified", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "no host name to verify the certificate by", NULL)},
    {"", "could not read certificate file", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "client certificate cannot be read", "see sslcert")},
    {"", "alert", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "TLS refused by the server", "see sslcert, ssl_min_protocol_version")},
    {"", "unsupported protocol", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "no TLS version in common", "see ssl_min_protocol_version")},
    {"", "SSL protocol version range", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "ssl_min_protocol_version is above ssl_max_protocol_version", hint_setting)},
    {"", "channel binding", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "channel binding is not possible", "see channel_binding")},
    {"", "SASL authentication mechanisms", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "no way of authentication in common", NULL)},
    {"", "authentication method", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "no way of authentication in common", "see require_auth")},
    {"", "authentication not supported", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "no way of authentication in common", NULL)},
    {"", "GSSAPI encryption required", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "GSSAPI encryption is not possible", "set gssencmode=disable")},
    {"", "incorrect server signature", NULL, ANYWHERE,
     FINAL(ERR_DB_REFUSED, "server does not know the password itself", NULL)},

    {"", "response to SSL negotiation", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "not PostgreSQL", hint_not_postgres)},
    {"", "response to GSSAPI negotiation", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "not PostgreSQL", hint_not_postgres)},
    {"", "expected authentication request", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "not PostgreSQL", hint_not_postgres)},
    {"", "invalid authentication request", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "not PostgreSQL", hint_not_postgres)},

    {"", "session is read-only", NULL, ANYWHERE, WAIT("server is read-only", hint_read_only)},
    {"", "server is in hot standby mode", NULL, ANYWHERE,
     WAIT("server is a standby", hint_read_only)},
    {"", "session is not read-only", NULL, ANYWHERE,
     WAIT("server is not read-only", "see target_session_attrs")},
    {"", "server is not in hot standby mode", NULL, ANYWHERE,
     WAIT("server is not a standby", "see target_session_attrs")},

    {"", "Address family not supported", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "address family not supported here", NULL)},
    {"", "ai_family not supported", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "address family not supported here", NULL)},
    {"", "could not translate host name", NULL, ANYWHERE, WAIT("host name not found", hint_name)},
    {"", "server closed the connection unexpectedly", NULL, ANYWHERE,
     WAIT("connection closed at once", NULL)},
    {"", "EOF detected", NULL, ANYWHERE, WAIT("connection closed at once", NULL)},
    {"", "SSL connection has been closed", NULL, ANYWHERE, WAIT("connection closed at once", NULL)},
    {"", "Connection refused", NULL, ANYWHERE, WAIT("connection refused", NULL)},
    {"", "No such file or directory", NULL, OVER_UNIX,
     WAIT("no such socket", "is the server's socket folder mounted here?")},
    {"", "Connection reset", NULL, ANYWHERE, WAIT("connection reset", NULL)},
    {"", "Broken pipe", NULL, ANYWHERE, WAIT("connection reset", NULL)},
    {"", "onnection abort", NULL, ANYWHERE, WAIT("connection reset", NULL)},
    {"", "timed out", NULL, ANYWHERE, WAIT("no answer", NULL)},
    {"", "timeout expired", NULL, ANYWHERE, WAIT("no answer", NULL)},
    {"", "No route to host", NULL, ANYWHERE, WAIT("no route to host", NULL)},
    {"", "Host is unreachable", NULL, ANYWHERE, WAIT("no route to host", NULL)},
    {"", "etwork unreachable", NULL, ANYWHERE, WAIT("network unreachable", NULL)},
    {"", "etwork is unreachable", NULL, ANYWHERE, WAIT("network unreachable", NULL)},
    {"", "etwork is down", NULL, ANYWHERE, WAIT("network unreachable", NULL)},
    {"", "Invalid argument", NULL, OVER_TCP, WAIT("network unreachable", NULL)},
    {"", "Cannot assign requested address", NULL, ANYWHERE, WAIT("no local address free", NULL)},
    {"", "Address not available", NULL, ANYWHERE, WAIT("no local address free", NULL)},
    {"", "Resource temporarily unavailable", NULL, ANYWHERE, WAIT("server is busy", NULL)},
    {"", "Permission denied", NULL, OVER_UNIX,
     GRACE(5000, ERR_DB_REFUSED, "no permission for the socket", hint_socket_access)},
    {"", "Permission denied", NULL, ANYWHERE,
     GRACE(30000, ERR_DB_REFUSED, "forbidden by a network policy", NULL)},
    {"", "Operation not permitted", NULL, ANYWHERE,
     GRACE(30000, ERR_DB_REFUSED, "forbidden by a network policy", NULL)},
    {"", "Too many open files", NULL, ANYWHERE,
     GRACE(5000, ERR_SYSTEM, "too many open files", NULL)},
    {"", "o file descriptors available", NULL, ANYWHERE,
     GRACE(5000, ERR_SYSTEM, "too many open files", NULL)},
    {"", "Cannot allocate memory", NULL, ANYWHERE, GRACE(5000, ERR_SYSTEM, "out of memory", NULL)},
    {"", "out of memory", NULL, ANYWHERE, GRACE(5000, ERR_SYSTEM, "out of memory", NULL)},
    {"", "Out of memory", NULL, ANYWHERE, GRACE(5000, ERR_SYSTEM, "out of memory", NULL)},
    {"", "No buffer space available", NULL, ANYWHERE,
     GRACE(5000, ERR_SYSTEM, "out of memory", NULL)},

    {"", "could not send", NULL, ANYWHERE, WAIT("connection lost", NULL)},
    {"", "could not receive", NULL, ANYWHERE, WAIT("connection lost", NULL)},
    {"", "could not connect", NULL, ANYWHERE, WAIT("cannot connect", NULL)},
    {"", "lost synchronization", NULL, ANYWHERE,
     GRACE(10000, ERR_DB_REFUSED, "not PostgreSQL", hint_not_postgres)},
    {"", "SSL", NULL, ANYWHERE, GRACE(10000, ERR_DB_REFUSED, "TLS failed", NULL)},

    {"", "could not look up local user", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "no database user given", "set one in DATABASE_URL or POSTGRES_USER")},
    {"", "local user with ID", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "no database user given", "set one in DATABASE_URL or POSTGRES_USER")},
    {"", "is too long", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "path of the unix socket is too long", NULL)},
    {"", "could not parse network address", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "hostaddr is no network address", hint_setting)},
    {"", "port number", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "port is no number from 1 to 65535", hint_setting)},
    {"", "definition of service", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "service is not defined", "see PGSERVICE, PGSERVICEFILE")},
    {"", "service file", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "service is not defined", "see PGSERVICE, PGSERVICEFILE")},
    {"", "invalid", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "connection setting that libpq does not accept", hint_setting)},
    {"", "could not match", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "numbers of hosts and ports do not match", hint_setting)},
    {"", "sslmode", NULL, ANYWHERE,
     FINAL(ERR_CONFIG, "connection setting that libpq does not accept", hint_setting)},
    {"", NULL, NULL, ANYWHERE, GRACE(30000, ERR_DB_REFUSED, "connection failed", NULL)},
};

static bool has(struct slice text, const char *part)
{
    return text.len && memmem(text.ptr, text.len, part, strlen(part));
}

static bool row_fits(const struct row *row, const struct refusal_answer *answer, bool is_unix)
{
    if (strncmp(answer->sqlstate, row->state, strlen(row->state)) != 0)
        return false;
    if (row->text && !has(answer->text, row->text))
        return false;
    if (row->routine && !slice_starts_with(answer->routine, row->routine))
        return false;
    return row->place == ANYWHERE || (row->place == OVER_UNIX) == is_unix;
}

/* The last row of each table fits everything. */
static const struct row *row_find(const struct row *row, const struct refusal_answer *answer,
                                  const struct refusal_context *context)
{
    while (!row_fits(row, answer, context->is_unix_socket))
        row++;
    return row;
}

struct refusal refusal_classify(const struct refusal_answer *answer,
                                const struct refusal_context *context)
{
    bool is_servers = answer->sqlstate[0] != '\0';
    struct refusal verdict =
        row_find(is_servers ? server_rows : libpq_rows, answer, context)->verdict;

    if (!is_servers && context->needs_password)
        verdict = libpq_rows[0].verdict;
    memcpy(verdict.sqlstate, answer->sqlstate, sizeof verdict.sqlstate);
    return verdict;
}

static unsigned hope(enum refusal_kind kind)
{
    static const unsigned of_kind[] = {
        [REFUSAL_WAIT] = 3,
        [REFUSAL_MISSING] = 2,
        [REFUSAL_GRACE] = 1,
        [REFUSAL_FINAL] = 0,
    };

    return of_kind[kind];
}

size_t refusal_most_hopeful(const struct refusal_answer *answers, size_t count,
                            const struct refusal_context *context)
{
    size_t best = 0;

    for (size_t i = 1; i < count; i++)
        if (hope(refusal_classify(&answers[i], context).kind) >
            hope(refusal_classify(&answers[best], context).kind))
            best = i;
    return best;
}

struct refusal refusal_choose(const struct refusal_answer *answers, size_t count,
                              const struct refusal_context *context)
{
    if (count == 0)
        return refusal_no_answer();
    return refusal_classify(&answers[refusal_most_hopeful(answers, count, context)], context);
}

struct refusal refusal_no_answer(void)
{
    return (struct refusal)WAIT("no answer", NULL);
}

struct refusal refusal_standby(void)
{
    return (struct refusal)WAIT("server is a standby (read-only)", hint_read_only);
}

struct refusal refusal_temporary(void)
{
    return (struct refusal)WAIT("server is being set up, and will start anew", hint_temporary);
}
