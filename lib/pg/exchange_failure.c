#include <stdlib.h>
#include <string.h>

#include "pg/exchange.h"
#include "pg/sqlstate.h"

static void redact(const struct exchange *x, const char *text, char *out, size_t out_size)
{
    pg_conn_redact(x->conn, slice_from(text), out, out_size);
}

static void set_hint(const struct exchange *x, const PGresult *result, struct error *err)
{
    const char *servers = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *ours = sqlstate_hint(err->sqlstate);

    if (servers)
        redact(x, servers, err->hint, sizeof err->hint);
    else if (ours)
        error_hint(err, "%s", ours);
}

/* "ERROR: column "totl" does not exist" with SQLSTATE, DETAIL and HINT in their places. */
static void failure_of_server(struct exchange *x, const PGresult *result, const char *sqlstate)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    char text[sizeof x->failure.what - 16];

    redact(x, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), text, sizeof text);
    error_set(&x->failure, ERR_MIGRATION, "%s: %s", severity ? severity : "ERROR", text);
    memcpy(x->failure.sqlstate, sqlstate, sizeof x->failure.sqlstate - 1);
    redact(x, detail ? detail : PQresultErrorField(result, PG_DIAG_CONTEXT), x->failure.detail,
           sizeof x->failure.detail);
    set_hint(x, result, &x->failure);
    x->error_character = position ? strtoul(position, NULL, 10) : 0;
    if (sqlstate_is_connection_loss(sqlstate))
        x->failure.code = ERR_CONNECTION;
}

/* A result without SQLSTATE is libpq's own: the way to the server is broken. */
static void failure_of_libpq(struct exchange *x, const char *message)
{
    char text[sizeof x->failure.what];

    redact(x, message, text, sizeof text);
    error_set(&x->failure, ERR_CONNECTION, "%s", text[0] ? text : "the connection is closed");
}

/* PgBouncer 1.18 says so with FATAL once a transaction is open, behind the answers to the rest. */
static bool is_of_statement_pool(const PGresult *result, const char *sqlstate)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    return sqlstate && strcmp(sqlstate, "08P01") == 0 && text &&
           strstr(text, "statement pooling mode");
}

static void failure_of_statement_pool(struct exchange *x, const char *sqlstate)
{
    x->failure = (struct error){0};
    error_set(&x->failure, ERR_CONFIG,
              "the pooler is in statement mode (PgBouncer: pool_mode = statement), where no "
              "transaction is possible, and this needs one");
    memcpy(x->failure.sqlstate, sqlstate, sizeof x->failure.sqlstate - 1);
    error_hint(&x->failure,
               "set MIGRATE_DATABASE_URL (or DIRECT_URL) to a URL that leads to the server itself, "
               "or to a pool in transaction mode; the app keeps its own");
}

void exchange_note_failure(struct exchange *x, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (is_of_statement_pool(result, sqlstate)) {
        x->has_failed = true;
        failure_of_statement_pool(x, sqlstate);
        return;
    }
    if (x->has_failed)
        return;
    x->has_failed = true;
    if (sqlstate && strlen(sqlstate) == 5)
        failure_of_server(x, result, sqlstate);
    else
        failure_of_libpq(x, PQresultErrorMessage(result));
}

void exchange_note_broken(struct exchange *x)
{
    if (!x->has_failed)
        failure_of_libpq(x, PQerrorMessage(x->conn->pg));
    x->has_failed = true;
}
