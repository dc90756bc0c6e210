#include <string.h>
#include <strings.h>

#include "conf/dsn_parts.h"

enum meaning {
    MEANS_ITSELF, /* a keyword of libpq's */
    MEANS_PASSWORD,
    MEANS_HOST,
    MEANS_PORT,
    MEANS_SSLMODE,
    MEANS_SSL,
    MEANS_SSLACCEPT,
    MEANS_SSLIDENTITY,
    MEANS_SCHEMA,
    MEANS_SEARCH_PATH,
    MEANS_TABLE,
    MEANS_TABLE_QUOTED,
    MEANS_SPLIT,
    MEANS_SETTING, /* of the session; keyword: the server's name for it, where it is another */
    MEANS_POOLED,
    MEANS_NOTHING, /* a pool's or a client's own business */
};

struct param {
    const char *name;
    enum meaning meaning;
    const char *keyword; /* libpq's name for it, where it is another */
};

/*
 * libpq's keywords: PQconninfoOptions[] of fe-connect.c, 15 to 18. The others: Prisma's schema
 * engine and quaint; lib/pq 1.10; pgx 5; golang-migrate's postgres driver; node-postgres and
 * pg-pool 8; SQLAlchemy with psycopg2 and asyncpg; pgJDBC 42.
 */
static const struct param params[] = {
    {"host", MEANS_HOST, NULL},
    {"port", MEANS_PORT, NULL},
    {"password", MEANS_PASSWORD, NULL},
    {"sslmode", MEANS_SSLMODE, NULL},
    {"user", MEANS_ITSELF, NULL},
    {"dbname", MEANS_ITSELF, NULL},
    {"hostaddr", MEANS_ITSELF, NULL},
    {"service", MEANS_ITSELF, NULL},
    {"servicefile", MEANS_ITSELF, NULL},
    {"passfile", MEANS_ITSELF, NULL},
    {"connect_timeout", MEANS_ITSELF, NULL},
    {"client_encoding", MEANS_ITSELF, NULL},
    {"options", MEANS_ITSELF, NULL},
    {"application_name", MEANS_ITSELF, NULL},
    {"fallback_application_name", MEANS_ITSELF, NULL},
    {"keepalives", MEANS_ITSELF, NULL},
    {"keepalives_idle", MEANS_ITSELF, NULL},
    {"keepalives_interval", MEANS_ITSELF, NULL},
    {"keepalives_count", MEANS_ITSELF, NULL},
    {"tcp_user_timeout", MEANS_ITSELF, NULL},
    {"replication", MEANS_ITSELF, NULL},
    {"gssencmode", MEANS_ITSELF, NULL},
    {"gssdelegation", MEANS_ITSELF, NULL},
    {"gsslib", MEANS_ITSELF, NULL},
    {"krbsrvname", MEANS_ITSELF, NULL},
    {"sslcompression", MEANS_ITSELF, NULL},
    {"sslcert", MEANS_ITSELF, NULL},
    {"sslcertmode", MEANS_ITSELF, NULL},
    {"sslkey", MEANS_ITSELF, NULL},
    {"sslpassword", MEANS_ITSELF, NULL},
    {"sslrootcert", MEANS_ITSELF, NULL},
    {"sslcrl", MEANS_ITSELF, NULL},
    {"sslcrldir", MEANS_ITSELF, NULL},
    {"sslsni", MEANS_ITSELF, NULL},
    {"sslnegotiation", MEANS_ITSELF, NULL},
    {"requirepeer", MEANS_ITSELF, NULL},
    {"require_auth", MEANS_ITSELF, NULL},
    {"channel_binding", MEANS_ITSELF, NULL},
    {"ssl_min_protocol_version", MEANS_ITSELF, NULL},
    {"ssl_max_protocol_version", MEANS_ITSELF, NULL},
    {"min_protocol_version", MEANS_ITSELF, NULL},
    {"max_protocol_version", MEANS_ITSELF, NULL},
    {"target_session_attrs", MEANS_ITSELF, NULL},
    {"load_balance_hosts", MEANS_ITSELF, NULL},

    {"ApplicationName", MEANS_ITSELF, "application_name"},
    {"connectTimeout", MEANS_ITSELF, "connect_timeout"},
    {"ssl", MEANS_SSL, NULL},
    {"sslaccept", MEANS_SSLACCEPT, NULL},
    {"sslidentity", MEANS_SSLIDENTITY, NULL},
    {"schema", MEANS_SCHEMA, NULL},
    {"search_path", MEANS_SEARCH_PATH, NULL},
    {"options[search_path]", MEANS_SEARCH_PATH, NULL},
    {"currentSchema", MEANS_SEARCH_PATH, NULL},
    {"x-migrations-table", MEANS_TABLE, NULL},
    {"x-migrations-table-quoted", MEANS_TABLE_QUOTED, NULL},
    {"x-multi-statement", MEANS_SPLIT, NULL},
    {"x-statement-timeout", MEANS_SETTING, "statement_timeout"},
    {"statement_timeout", MEANS_SETTING, NULL},
    {"options[statement_timeout]", MEANS_SETTING, "statement_timeout"},
    {"lock_timeout", MEANS_SETTING, NULL},
    {"options[lock_timeout]", MEANS_SETTING, "lock_timeout"},
    {"timezone", MEANS_SETTING, NULL},
    {"TimeZone", MEANS_SETTING, "timezone"},
    {"datestyle", MEANS_SETTING, NULL},
    {"DateStyle", MEANS_SETTING, "datestyle"},
    {"pgbouncer", MEANS_POOLED, NULL},

    {"connection_limit", MEANS_NOTHING, NULL},
    {"pool_timeout", MEANS_NOTHING, NULL},
    {"socket_timeout", MEANS_NOTHING, NULL},
    {"statement_cache_size", MEANS_NOTHING, NULL},
    {"statement_cache_capacity", MEANS_NOTHING, NULL},
    {"statement-cache-capacity", MEANS_NOTHING, NULL},
    {"statement_cache_mode", MEANS_NOTHING, NULL},
    {"description_cache_capacity", MEANS_NOTHING, NULL},
    {"prepared_statement_cache_size", MEANS_NOTHING, NULL},
    {"max_connection_lifetime", MEANS_NOTHING, NULL},
    {"max_idle_connection_lifetime", MEANS_NOTHING, NULL},
    {"single_use_connections", MEANS_NOTHING, NULL},
    {"default_query_exec_mode", MEANS_NOTHING, NULL},
    {"binary_parameters", MEANS_NOTHING, NULL},
    {"disable_prepared_binary_result", MEANS_NOTHING, NULL},
    {"pool", MEANS_NOTHING, NULL},
    {"pool_size", MEANS_NOTHING, NULL},
    {"max_overflow", MEANS_NOTHING, NULL},
    {"pool_recycle", MEANS_NOTHING, NULL},
    {"pool_pre_ping", MEANS_NOTHING, NULL},
    {"pool_mode", MEANS_NOTHING, NULL},
    {"pool_max_conns", MEANS_NOTHING, NULL},
    {"pool_min_conns", MEANS_NOTHING, NULL},
    {"pool_max_conn_lifetime", MEANS_NOTHING, NULL},
    {"pool_max_conn_lifetime_jitter", MEANS_NOTHING, NULL},
    {"pool_max_conn_idle_time", MEANS_NOTHING, NULL},
    {"pool_health_check_period", MEANS_NOTHING, NULL},
    {"max", MEANS_NOTHING, NULL},
    {"min", MEANS_NOTHING, NULL},
    {"idle_timeout", MEANS_NOTHING, NULL},
    {"max_lifetime", MEANS_NOTHING, NULL},
    {"idleTimeoutMillis", MEANS_NOTHING, NULL},
    {"connectionTimeoutMillis", MEANS_NOTHING, NULL},
    {"query_timeout", MEANS_NOTHING, NULL},
    {"command_timeout", MEANS_NOTHING, NULL},
    {"prepare", MEANS_NOTHING, NULL},
    {"encoding", MEANS_NOTHING, NULL},
    {"uselibpqcompat", MEANS_NOTHING, NULL},
    {"workaround", MEANS_NOTHING, NULL},
    {"supa", MEANS_NOTHING, NULL},
    {"loginTimeout", MEANS_NOTHING, NULL},
    {"socketTimeout", MEANS_NOTHING, NULL},
    {"tcpKeepAlive", MEANS_NOTHING, NULL},
    {"prepareThreshold", MEANS_NOTHING, NULL},
    {"preparedStatementCacheQueries", MEANS_NOTHING, NULL},
    {"reWriteBatchedInserts", MEANS_NOTHING, NULL},
    {"stringtype", MEANS_NOTHING, NULL},
    {"x-lock-strategy", MEANS_NOTHING, NULL},
    {"x-lock-table", MEANS_NOTHING, NULL},
    {"x-multi-statement-max-size", MEANS_NOTHING, NULL},
};

static const struct param *find_param(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(params); i++)
        if (slice_equal_text(name, params[i].name))
            return &params[i];
    return NULL;
}

bool dsn_is_known_param(struct slice name)
{
    return find_param(name) != NULL;
}

static bool is_word(struct slice value, const char *word)
{
    return value.len == strlen(word) && strncasecmp(value.ptr, word, value.len) == 0;
}

static bool is_true(struct slice value)
{
    return is_word(value, "true") || slice_equal_text(value, "1");
}

/* Go's strconv.ParseBool(), which stops at what is neither true nor false. */
static bool is_go_true(struct slice value)
{
    return slice_equal_text(value, "1") || slice_equal_text(value, "t") ||
           slice_equal_text(value, "T") || slice_equal_text(value, "true") ||
           slice_equal_text(value, "TRUE") || slice_equal_text(value, "True");
}

/* NULL for what is no mode. "no-verify" is node-postgres's word for encryption alone. */
static const char *sslmode_of(struct slice value)
{
    static const char *const modes[] = {"disable", "allow",     "prefer",
                                        "require", "verify-ca", "verify-full"};

    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (slice_equal_text(value, modes[i]))
            return modes[i];
    return slice_equal_text(value, "no-verify") ? "require" : NULL;
}

static bool take_sslmode(struct dsn_reader *reader, struct slice value)
{
    const char *mode = sslmode_of(value);

    if (!mode)
        return error_set(reader->err, ERR_CONFIG,
                         "sslmode in the database URL must be one of disable, allow, prefer, "
                         "require, verify-ca, verify-full");
    dsn_set(reader->dsn, "sslmode", mode);
    return true;
}

/* ssl=true of JDBC and node-postgres, ssl=require of asyncpg. */
static bool take_ssl(struct dsn_reader *reader, struct slice value)
{
    const char *mode = sslmode_of(value);

    if (is_true(value))
        mode = "require";
    else if (is_word(value, "false") || slice_equal_text(value, "0"))
        mode = "disable";
    if (!mode)
        return error_set(reader->err, ERR_CONFIG,
                         "ssl in the database URL must be true, false, or a mode as of sslmode");
    reader->ssl = mode;
    return true;
}

/* Prisma: "strict" checks the certificate, "accept_invalid_certs" is what libpq does anyway. */
static bool take_sslaccept(struct dsn_reader *reader, struct slice value)
{
    reader->is_prisma = true;
    if (slice_equal_text(value, "strict"))
        dsn_set(reader->dsn, "sslmode", "verify-full");
    return true;
}

static bool refuse_sslidentity(struct dsn_reader *reader)
{
    error_set(reader->err, ERR_CONFIG,
              "sslidentity in the database URL names a PKCS#12 file, "
              "which libpq cannot read");
    error_hint(reader->err, "take it apart with `openssl pkcs12` and give sslcert and sslkey");
    return false;
}

static bool take_host(struct dsn_reader *reader, struct slice value)
{
    struct slice rest = value;

    while (rest.len) {
        size_t end = slice_find(rest, ',');
        struct slice host = slice_sub(rest, 0, end);

        if (host.len && !dsn_is_host(host))
            return error_set(reader->err, ERR_CONFIG,
                             "host in the database URL is neither a host name nor a folder");
        rest = slice_sub(rest, end + 1, rest.len);
    }
    dsn_set(reader->dsn, "host", arena_text(reader->arena, value));
    return true;
}

static bool take_port(struct dsn_reader *reader, struct slice value)
{
    struct slice rest = value;

    while (rest.len) {
        size_t end = slice_find(rest, ',');
        struct slice port = slice_sub(rest, 0, end);

        if (port.len && !dsn_is_port(port))
            return error_set(reader->err, ERR_CONFIG,
                             "port in the database URL is not a number from 1 to 65535");
        rest = slice_sub(rest, end + 1, rest.len);
    }
    dsn_set(reader->dsn, "port", arena_text(reader->arena, value));
    return true;
}

static void take_password(struct dsn_reader *reader, struct slice value)
{
    reader->dsn->password = secret_from(arena_slice(reader->arena, value));
    reader->hides_names = true;
}

/* A name of one schema, which may need quotes, as an item of the list that search_path is. */
static const char *quoted(struct arena *arena, struct slice name)
{
    struct buf out = buf_in(arena);

    buf_add_char(&out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            buf_add_char(&out, '"');
        buf_add_char(&out, name.ptr[i]);
    }
    buf_add_char(&out, '"');
    return buf_text(&out);
}

static void take_setting(struct dsn_reader *reader, const char *name, struct slice value)
{
    struct dsn *dsn = reader->dsn;
    size_t at = 0;

    while (at < dsn->setting_count && strcmp(dsn->settings[at].keyword, name) != 0)
        at++;
    if (at == DSN_SETTINGS_MAX)
        return;
    dsn->settings[at] = (struct dsn_param){name, arena_text(reader->arena, value)};
    dsn->setting_count += at == dsn->setting_count;
}

/* "schema"."table" or "table", as golang-migrate reads it: what stands between quotes. */
static bool split_quoted_table(struct dsn_reader *reader)
{
    struct slice rest = slice_from(reader->dsn->table), parts[2];
    size_t count = 0;

    while (count < COUNT_OF(parts) && slice_starts_with(rest, "\"")) {
        size_t end = slice_find(slice_sub(rest, 1, rest.len), '"') + 1;

        if (end >= rest.len)
            break;
        parts[count++] = slice_sub(rest, 1, end);
        rest = slice_sub(rest, end + 1, rest.len);
        if (count == 1 && rest.len > 1 && rest.ptr[0] == '.')
            rest = slice_sub(rest, 1, rest.len);
    }
    if (!count || rest.len || !parts[count - 1].len) {
        error_set(reader->err, ERR_CONFIG,
                  "x-migrations-table in the database URL is not quoted, and "
                  "x-migrations-table-quoted says so");
        error_hint(reader->err,
                   "write \"table\" or \"schema\".\"table\", with %%22 for each quote");
        return false;
    }
    reader->dsn->table = arena_text(reader->arena, parts[count - 1]);
    if (count == 2)
        reader->dsn->table_schema = arena_text(reader->arena, parts[0]);
    return true;
}

static void set_aside(struct dsn_reader *reader, struct slice name)
{
    enum { LONGEST_TOLD = 63 };
    struct dsn *dsn = reader->dsn;

    if (reader->hides_names || name.len > LONGEST_TOLD || dsn->ignored_count == DSN_IGNORED_MAX)
        return;
    dsn->ignored[dsn->ignored_count++] = arena_text(reader->arena, name);
}

static bool take_unknown(struct dsn_reader *reader, struct slice name)
{
    if (reader->refuses_unknown) {
        error_set(reader->err, ERR_CONFIG, "the connection string has an unknown keyword");
        error_hint(reader->err,
                   "a value with blanks in it stands in single quotes: password='a b'");
        return false;
    }
    reader->dsn->has_unknown = true;
    set_aside(reader, name);
    return true;
}

static void take_itself(struct dsn_reader *reader, const struct param *param, struct slice value)
{
    if (strcmp(param->name, "sslpassword") == 0)
        reader->hides_names = true;
    dsn_set(reader->dsn, param->keyword ? param->keyword : param->name,
            arena_text(reader->arena, value));
}

/* Each case is one meaning; an empty value asks for nothing. */
bool dsn_take_param(struct dsn_reader *reader, struct slice name, struct slice value)
{
    const struct param *param = find_param(name);
    struct dsn *dsn = reader->dsn;

    if (!param)
        return take_unknown(reader, name);
    if (!value.len)
        return true;
    switch (param->meaning) {
    case MEANS_ITSELF: take_itself(reader, param, value); break;
    case MEANS_PASSWORD: take_password(reader, value); break;
    case MEANS_HOST: return take_host(reader, value);
    case MEANS_PORT: return take_port(reader, value);
    case MEANS_SSLMODE: return take_sslmode(reader, value);
    case MEANS_SSL: return take_ssl(reader, value);
    case MEANS_SSLACCEPT: return take_sslaccept(reader, value);
    case MEANS_SSLIDENTITY: return refuse_sslidentity(reader);
    case MEANS_SCHEMA:
        dsn->schema = arena_text(reader->arena, value);
        dsn->search_path = quoted(reader->arena, value);
        break;
    case MEANS_SEARCH_PATH:
        dsn->schema = NULL;
        dsn->search_path = arena_text(reader->arena, value);
        break;
    case MEANS_TABLE: dsn->table = arena_text(reader->arena, value); break;
    case MEANS_TABLE_QUOTED: reader->is_table_quoted = is_go_true(value); break;
    case MEANS_SPLIT: dsn->splits_statements = is_go_true(value); break;
    case MEANS_SETTING:
        take_setting(reader, param->keyword ? param->keyword : param->name, value);
        break;
    case MEANS_POOLED: dsn->is_pooled = is_true(value); break;
    case MEANS_NOTHING: set_aside(reader, name); break;
    }
    return true;
}

static void forget(struct dsn *dsn, const char *keyword)
{
    for (size_t i = 0; i < dsn->param_count; i++) {
        if (strcmp(dsn->params[i].keyword, keyword) == 0) {
            dsn->params[i] = dsn->params[--dsn->param_count];
            return;
        }
    }
}

bool dsn_finish_params(struct dsn_reader *reader)
{
    struct dsn *dsn = reader->dsn;
    const char *certificate = dsn_get(dsn, "sslcert");

    if (reader->ssl && !dsn_get(dsn, "sslmode"))
        dsn_set(dsn, "sslmode", reader->ssl);
    if (reader->is_prisma && certificate && !dsn_get(dsn, "sslkey")) {
        if (!dsn_get(dsn, "sslrootcert"))
            dsn_set(dsn, "sslrootcert", certificate);
        forget(dsn, "sslcert");
    }
    return !dsn->table || !reader->is_table_quoted || split_quoted_table(reader);
}
