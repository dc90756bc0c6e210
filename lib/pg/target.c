#include "pg/target.h"

#include <ctype.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/variables.h"

static const char *variable(const struct config *config, const char *name)
{
    const char *value = variables_get(config->environment, slice_from(name));

    return value && value[0] ? value : NULL;
}

struct secret pg_target_url(const struct config *config, const struct step *step)
{
    const struct database_config *database = &config->database;

    if (step && secret_is_set(step->url))
        return step->url;
    return secret_is_set(database->migrate_url) ? database->migrate_url : database->url;
}

bool pg_target_is_configured(const struct config *config, const struct step *step)
{
    static const char *const places[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"};

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (variable(config, places[i]))
            return true;
    return secret_is_set(pg_target_url(config, step)) || config->database.host ||
           config->database.name;
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Whether a part that belongs to `owner` may fill a gap in a DSN that has `present` there. */
static bool goes_with(const char *owner, const char *present)
{
    return !owner || !present || is_same(owner, present);
}

static bool fill(struct dsn *dsn, const char *keyword, const char *value)
{
    if (!value || !value[0] || dsn_get(dsn, keyword))
        return false;
    dsn_set(dsn, keyword, value);
    return true;
}

static bool fill_from_parts(const struct database_config *parts, struct dsn *dsn,
                            struct arena *arena)
{
    const char *host = dsn_get(dsn, "host"), *user = dsn_get(dsn, "user");
    bool is_changed = false;

    if (parts->port && !dsn_get(dsn, "hostaddr") && goes_with(parts->host, host))
        is_changed |= fill(dsn, "port", arena_printf(arena, "%d", (int)parts->port));
    if (!dsn_get(dsn, "hostaddr"))
        is_changed |= fill(dsn, "host", parts->host);
    if (!secret_is_set(dsn->password) && secret_is_set(parts->password) &&
        goes_with(parts->user, user)) {
        dsn->password = parts->password;
        is_changed = true;
    }
    is_changed |= fill(dsn, "user", parts->user);
    is_changed |= fill(dsn, "dbname", parts->name);
    return is_changed;
}

static bool fill_from_variables(const struct config *config, struct dsn *dsn)
{
    static const struct {
        const char *keyword, *name;
    } filled[] = {{"port", "PGPORT"}, {"user", "PGUSER"}, {"dbname", "PGDATABASE"}};
    const char *password = variable(config, "PGPASSWORD");
    bool is_changed = false;

    for (size_t i = 0; i < COUNT_OF(filled); i++)
        is_changed |= fill(dsn, filled[i].keyword, variable(config, filled[i].name));
    if (!dsn_get(dsn, "hostaddr"))
        is_changed |= fill(dsn, "host", variable(config, "PGHOST"));
    if (!secret_is_set(dsn->password) && password) {
        dsn->password = secret_from(slice_from(password));
        is_changed = true;
    }
    return is_changed;
}

/* libpq would do the same, and fail where the image has no /etc/passwd. */
static bool fill_user(struct dsn *dsn, struct arena *arena, struct error *err)
{
    const struct passwd *account;

    if (dsn_get(dsn, "user"))
        return true;
    account = getpwuid(geteuid());
    if (!account) {
        error_set(err, ERR_CONFIG, "no database user is given");
        error_hint(err, "name one in DATABASE_URL, POSTGRES_USER or PGUSER");
        return false;
    }
    dsn_set(dsn, "user", arena_text(arena, slice_from(account->pw_name)));
    return true;
}

bool pg_target_complete(const struct config *config, struct dsn *dsn, struct arena *arena,
                        bool *is_changed, struct error *err)
{
    *is_changed = fill_from_parts(&config->database, dsn, arena);
    if (dsn_get(dsn, "service") || variable(config, "PGSERVICE"))
        return true;
    *is_changed |= fill_from_variables(config, dsn);
    *is_changed |= !dsn_get(dsn, "user");
    if (!fill_user(dsn, arena, err))
        return false;
    fill(dsn, "dbname", dsn_get(dsn, "user"));
    return true;
}

struct pg_target pg_target_with_database(const struct pg_target *target, const char *database,
                                         struct arena *arena)
{
    struct pg_target other = *target;

    dsn_set(&other.dsn, "dbname", database);
    other.dsn.search_path = NULL; /* it names schemas of the first database */
    other.display = dsn_display(&other.dsn, arena);
    other.url = (struct secret){0};
    return other;
}

static void add_encoded(struct buf *url, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (isalnum(c) || (c && strchr("-._~", c)))
            buf_add_char(url, (char)c);
        else
            buf_printf(url, "%%%02X", c);
    }
}

/* The n-th item of a list between commas; the only one serves for all. */
static struct slice list_item(const char *list, size_t n)
{
    struct slice rest = slice_from(list);
    struct slice item = slice_sub(rest, 0, slice_find(rest, ','));

    for (; n > 0 && item.len < rest.len; n--) {
        rest = slice_sub(rest, item.len + 1, rest.len);
        item = slice_sub(rest, 0, slice_find(rest, ','));
    }
    return item;
}

/* "db1:5432,db2:5433"; a folder of a unix socket has no place here and goes into the query. */
static void add_hosts(struct buf *url, const struct dsn *dsn)
{
    struct slice hosts = slice_from(dsn_get(dsn, "host"));
    const char *ports = dsn_get(dsn, "port");

    for (size_t n = 0; hosts.len; n++) {
        struct slice host = slice_sub(hosts, 0, slice_find(hosts, ','));
        bool is_ipv6 = slice_find(host, ':') < host.len;

        if (n)
            buf_add_char(url, ',');
        buf_printf(url, is_ipv6 ? "[%.*s]" : "%.*s", SLICE_ARG(host));
        if (ports && ports[0])
            buf_printf(url, ":%.*s", SLICE_ARG(list_item(ports, n)));
        hosts = slice_sub(hosts, host.len + (host.len < hosts.len), hosts.len);
    }
}

static bool is_in_path(const char *keyword, bool is_socket)
{
    if (strcmp(keyword, "host") == 0 || strcmp(keyword, "port") == 0)
        return !is_socket;
    return strcmp(keyword, "user") == 0 || strcmp(keyword, "dbname") == 0;
}

static void add_query(struct buf *url, const struct dsn *dsn)
{
    bool is_socket = dsn_is_unix_socket(dsn);
    char mark = '?';

    for (size_t i = 0; i < dsn->param_count; i++) {
        const struct dsn_param *param = &dsn->params[i];

        if (is_in_path(param->keyword, is_socket))
            continue;
        buf_add_char(url, mark);
        buf_printf(url, "%s=", param->keyword);
        add_encoded(url, slice_from(param->value));
        mark = '&';
    }
}

const char *pg_target_compose(const struct dsn *dsn, struct slice password, struct arena *arena)
{
    struct buf url = buf_in(arena);

    buf_add(&url, SLICE("postgresql://"));
    add_encoded(&url, slice_from(dsn_get(dsn, "user")));
    if (password.len)
        buf_add_char(&url, ':');
    add_encoded(&url, password);
    if (url.len > SLICE("postgresql://").len)
        buf_add_char(&url, '@');
    if (!dsn_is_unix_socket(dsn))
        add_hosts(&url, dsn);
    buf_add_char(&url, '/');
    add_encoded(&url, slice_from(dsn_get(dsn, "dbname")));
    add_query(&url, dsn);
    return buf_text(&url);
}
