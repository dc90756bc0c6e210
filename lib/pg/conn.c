#include "pg/conn.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"
#include "pg/conn_intern.h"
#include "sys/log.h"

enum { NOTICES_MAX = 50, SETTINGS_MAX = DSN_PARAMS_MAX + 15 };

/* --- the target -------------------------------------------------------------------------- */

static void redactor_add_url(struct redactor *redactor, struct arena *arena, struct secret url)
{
    struct dsn dsn = {0};
    struct error ignored;

    if (secret_is_set(url) && dsn_parse(secret_reveal(url), arena, &dsn, &ignored))
        redactor_add(redactor, arena, dsn.password);
}

/* Also those of URLs that are not used: any of them may turn up in a server's text. */
static void redactor_fill(struct redactor *redactor, const struct config *config,
                          const struct dsn *dsn, struct arena *arena)
{
    redactor_add(redactor, arena, dsn->password);
    redactor_add(redactor, arena, config->database.password);
    redactor_add(redactor, arena, secret_from(slice_from(dsn_get(dsn, "sslpassword"))));
    redactor_add_url(redactor, arena, config->database.url);
    redactor_add_url(redactor, arena, config->database.migrate_url);
    for (size_t i = 0; i < config->step_count; i++)
        redactor_add_url(redactor, arena, config->steps[i].url);
}

bool pg_target_resolve(const struct config *config, const struct step *step, struct arena *arena,
                       struct pg_target *out, struct error *err)
{
    struct secret url = pg_target_url(config, step);
    struct pg_target target = {0};
    bool is_changed;

    if (secret_is_set(url) && !dsn_parse(secret_reveal(url), arena, &target.dsn, err))
        return false;
    if (!pg_target_complete(config, &target.dsn, arena, &is_changed, err))
        return false;
    redactor_fill(&target.redactor, config, &target.dsn, arena);
    target.display = dsn_display(&target.dsn, arena);
    if (!is_changed)
        target.url = url;
    *out = target;
    return true;
}

/* As env files leave it: blanks and one pair of quotes around it. */
static struct slice unquoted(struct slice text)
{
    text = slice_trim(text);
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        text = slice_sub(text, 1, text.len - 1);
    return text;
}

const char *pg_target_environment(const struct pg_target *target, struct arena *arena)
{
    struct slice url = unquoted(secret_reveal(target->url));

    if (url.len)
        return arena_printf(arena, "DATABASE_URL=%.*s", SLICE_ARG(url));
    return arena_printf(
        arena, "DATABASE_URL=%s",
        pg_target_compose(&target->dsn, secret_reveal(target->dsn.password), arena));
}

/* --- notices ----------------------------------------------------------------------------- */

void pg_conn_redact(const struct pg_conn *conn, struct slice text, char *out, size_t out_size)
{
    char redacted[2048];
    size_t len = redactor_apply(&conn->target->redactor, text, redacted, sizeof redacted);

    text_sanitize(slice_trim((struct slice){redacted, len}), out, out_size);
}

static enum log_level notice_level(const PGresult *notice)
{
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity && strcmp(severity, "WARNING") == 0 ? LOG_INFO : LOG_DEBUG;
}

static void notice_receive(void *context, const PGresult *notice)
{
    struct pg_conn *conn = context;
    enum log_level level = notice_level(notice);
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY);
    char text[512];

    if (!log_enabled(level))
        return;
    if (conn->notices_told == NOTICES_MAX) {
        conn->notices_kept_back++;
        return;
    }
    conn->notices_told++;
    pg_conn_redact(conn, slice_from(PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY)), text,
                   sizeof text);
    log_event(level, LOG_MIGRATION, "db.notice", LOG_FIELDS(log_str("notice", text)), "%s: %s",
              severity ? severity : "NOTICE", text);
}

void pg_conn_notices_end(struct pg_conn *conn)
{
    if (conn->notices_kept_back)
        log_event(LOG_INFO, LOG_MIGRATION, "db.notices",
                  LOG_FIELDS(log_int("count", conn->notices_kept_back)),
                  "%u further notices of the server are not shown", conn->notices_kept_back);
    conn->notices_told = conn->notices_kept_back = 0;
}

/* --- connecting -------------------------------------------------------------------------- */

/* What PQconnectStartParams() wants: two arrays that end in NULL. */
struct settings {
    const char *keywords[SETTINGS_MAX + 1];
    const char *values[SETTINGS_MAX + 1];
    size_t count;
};

static void settings_add(struct settings *settings, const char *keyword, const char *value)
{
    if (settings->count == SETTINGS_MAX)
        return;
    settings->keywords[settings->count] = keyword;
    settings->values[settings->count++] = value;
}

/* Of several hosts libpq takes the first that lets it in, also when that one is a standby. */
static const char *wanted_role(const struct dsn *dsn)
{
    const char *host = dsn_get(dsn, "host"), *address = dsn_get(dsn, "hostaddr");
    bool is_list = (host && strchr(host, ',')) || (address && strchr(address, ','));

    return is_list && !getenv("PGTARGETSESSIONATTRS") ? "primary" : "";
}

/*
 * Where the DSN is silent. Keepalives: a server that vanished without a word is noticed within a
 * minute, also in the midst of a long statement. GSSAPI: asking for it costs a round trip, and a
 * container has no ticket. The time zone stays the server's: some tools order their bookkeeping by
 * now() without a zone.
 */
static void settings_add_defaults(struct settings *settings, const struct dsn *dsn,
                                  const char *application)
{
    const struct dsn_param defaults[] = {
        {"fallback_application_name", application},
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "30000"},
        {"client_encoding", "UTF8"},
        {"target_session_attrs", wanted_role(dsn)},
        {"gssencmode", getenv("PGGSSENCMODE") ? "" : "disable"},
    };

    for (size_t i = 0; i < COUNT_OF(defaults); i++)
        if (!dsn_get(dsn, defaults[i].keyword))
            settings_add(settings, defaults[i].keyword, defaults[i].value);
}

/* "migrinit web-7d9f 0.1.0": what pg_stat_activity and a waiting replica's log show. */
static const char *application_name(char *out, size_t out_size)
{
    char host[HOST_NAME_MAX + 1] = "";

    gethostname(host, sizeof host - 1);
    snprintf(out, out_size, "migrinit %.40s %s", host, MIGRINIT_VERSION);
    return out;
}

/* What comes later wins. */
static void settings_add_address(struct settings *settings, const PGconn *beside)
{
    const char *address = PQhostaddr(beside);

    settings_add(settings, "host", PQhost(beside));
    settings_add(settings, "hostaddr", address ? address : "");
    settings_add(settings, "port", PQport(beside));
}

/* beside: NULL, or whose server it is to be */
static PGconn *connect_start(const struct dsn *dsn, const PGconn *beside)
{
    struct settings settings = {0};
    struct slice password = secret_reveal(dsn->password);
    char *password_text = strndup(password.len ? password.ptr : "", password.len);
    char application[64];
    PGconn *pg = NULL;

    for (size_t i = 0; i < dsn->param_count; i++)
        settings_add(&settings, dsn->params[i].keyword, dsn->params[i].value);
    settings_add_defaults(&settings, dsn, application_name(application, sizeof application));
    if (password_text && password.len)
        settings_add(&settings, "password", password_text);
    if (beside)
        settings_add_address(&settings, beside);
    /* A dbname that looks like a URL stays a name: expand_dbname is off. */
    if (password_text)
        pg = PQconnectStartParams(settings.keywords, settings.values, 0);
    if (password_text)
        explicit_bzero(password_text, password.len);
    free(password_text);
    return pg;
}

static bool start(const struct pg_target *target, const PGconn *beside, struct pg_conn **out,
                  struct error *err)
{
    struct pg_conn *conn = calloc(1, sizeof *conn);

    if (conn)
        *conn = (struct pg_conn){.target = target, .poll = PG_POLL_WRITE};
    if (conn)
        conn->pg = connect_start(&target->dsn, beside);
    if (!conn || !conn->pg) {
        free(conn);
        return error_set(err, ERR_SYSTEM, "out of memory for a database connection");
    }
    /* Only verbose messages carry the SQLSTATE of a refusal. */
    PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn->pg, notice_receive, conn);
    if (PQstatus(conn->pg) == CONNECTION_BAD)
        conn->poll = PG_POLL_FAILED;
    *out = conn;
    return true;
}

bool pg_conn_start(const struct pg_target *target, struct pg_conn **out, struct error *err)
{
    return start(target, NULL, out, err);
}

bool pg_conn_start_beside(const struct pg_conn *beside, struct pg_conn **out, struct error *err)
{
    return start(beside->target, beside->pg, out, err);
}

/*
 * A log-in with a password uses libcrypto. While the server makes a process for us is a better time
 * to get it ready than after that, when both would wait for it.
 */
static void prepare_login(const struct pg_conn *conn)
{
    const char *password = PQpass(conn->pg);

    if (password && password[0])
        digest_prepare();
}

enum pg_poll pg_conn_poll(struct pg_conn *conn)
{
    static const enum pg_poll of_libpq[] = {
        [PGRES_POLLING_FAILED] = PG_POLL_FAILED, [PGRES_POLLING_READING] = PG_POLL_READ,
        [PGRES_POLLING_WRITING] = PG_POLL_WRITE, [PGRES_POLLING_OK] = PG_POLL_READY,
        [PGRES_POLLING_ACTIVE] = PG_POLL_WRITE,
    };

    if (conn->poll == PG_POLL_READ || conn->poll == PG_POLL_WRITE)
        conn->poll = of_libpq[PQconnectPoll(conn->pg)];
    if (conn->poll == PG_POLL_READ)
        prepare_login(conn);
    return conn->poll;
}

int pg_conn_fd(const struct pg_conn *conn)
{
    return PQsocket(conn->pg);
}

/* --- refusals ---------------------------------------------------------------------------- */

/*
 * libpq quotes the values that it does not like, and a URL that was understood wrongly may have
 * put a piece of its password there.
 */
static void mask_quoted(char *text)
{
    bool is_quoted = false;

    for (; *text; text++) {
        if (*text == '"')
            is_quoted = !is_quoted;
        else if (is_quoted)
            *text = '*';
    }
}

static struct slice first_line(struct slice text)
{
    return slice_sub(text, 0, slice_find(text, '\n'));
}

struct refusal pg_conn_refusal(const struct pg_conn *conn, char *text, size_t text_size)
{
    struct refusal_context context = {.is_unix_socket = dsn_is_unix_socket(&conn->target->dsn),
                                      .needs_password = PQconnectionNeedsPassword(conn->pg)};
    struct refusal_answer answers[REFUSAL_ANSWERS_MAX];
    struct refusal refusal;
    char message[4096];
    size_t count, best,
        len = redactor_apply(&conn->target->redactor, slice_from(PQerrorMessage(conn->pg)), message,
                             sizeof message);

    count = refusal_answers((struct slice){message, len}, answers, COUNT_OF(answers));
    refusal = refusal_choose(answers, count, &context);
    best = refusal_most_hopeful(answers, count, &context);
    text_sanitize(count ? first_line(answers[best].text) : (struct slice){0}, text, text_size);
    if (refusal.code == ERR_CONFIG && !refusal.sqlstate[0])
        mask_quoted(text);
    return refusal;
}

/* --- the end ----------------------------------------------------------------------------- */

const struct pg_session *pg_conn_session(const struct pg_conn *conn)
{
    return &conn->session;
}

void pg_conn_drop(struct pg_conn *conn)
{
    PQfinish(conn->pg);
    conn->pg = NULL;
}

void pg_conn_close(struct pg_conn *conn)
{
    if (!conn)
        return;
    PQfinish(conn->pg);
    free(conn);
}

bool pg_conn_is_in_transaction(const struct pg_conn *conn)
{
    PGTransactionStatusType status = PQtransactionStatus(conn->pg);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}
