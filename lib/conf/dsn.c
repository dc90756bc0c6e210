#include "conf/dsn.h"

#include <assert.h>
#include <string.h>

const char *dsn_get(const struct dsn *dsn, const char *keyword)
{
    for (size_t i = 0; i < dsn->param_count; i++)
        if (strcmp(dsn->params[i].keyword, keyword) == 0)
            return dsn->params[i].value;
    return NULL;
}

void dsn_set(struct dsn *dsn, const char *keyword, const char *value)
{
    for (size_t i = 0; i < dsn->param_count; i++) {
        if (strcmp(dsn->params[i].keyword, keyword) == 0) {
            dsn->params[i].value = value;
            return;
        }
    }
    /* Room for every keyword that libpq has (conf/dsn_params lists them). */
    assert(dsn->param_count < DSN_PARAMS_MAX);
    dsn->params[dsn->param_count++] = (struct dsn_param){keyword, value};
}

/* Of a URL what needs no "%41". */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("+.-_~", c));
}

static void add_encoded(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (is_plain(*text))
            buf_add_char(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

/* Take the next item off a comma list; empty items count. */
static struct slice next_item(struct slice *rest)
{
    size_t end = slice_find(*rest, ',');
    struct slice item = slice_sub(*rest, 0, end);

    *rest = slice_sub(*rest, end + 1, rest->len);
    return item;
}

/* Ports go by position; a single one counts for every host. */
static void add_hosts(struct buf *out, struct slice hosts, struct slice ports)
{
    bool has_many_ports = slice_find(ports, ',') < ports.len;
    struct slice port = SLICE("");

    do {
        struct slice host = next_item(&hosts);
        bool is_ipv6 = slice_find(host, ':') < host.len;

        if (has_many_ports || !port.len)
            port = next_item(&ports);
        buf_printf(out, "%s%.*s%s", is_ipv6 ? "[" : "", SLICE_ARG(host), is_ipv6 ? "]" : "");
        buf_printf(out, "%s%.*s", port.len ? ":" : "", SLICE_ARG(port));
        buf_add_text(out, hosts.len ? "," : "");
    } while (hosts.len);
}

const char *dsn_display(const struct dsn *dsn, struct arena *arena)
{
    struct buf out = buf_in(arena);
    const char *user = dsn_get(dsn, "user"), *host = dsn_get(dsn, "host");
    const char *address = dsn_get(dsn, "hostaddr");
    const char *name = dsn_get(dsn, "dbname");
    bool is_socket = dsn_is_unix_socket(dsn);

    buf_add_text(&out, "postgresql://");
    if (user) {
        add_encoded(&out, user);
        buf_add_char(&out, '@');
    }
    add_hosts(&out,
              slice_from(is_socket ? NULL
                         : host    ? host
                                   : address),
              slice_from(dsn_get(dsn, "port")));
    if (name || is_socket)
        buf_add_char(&out, '/');
    add_encoded(&out, name ? name : "");
    if (is_socket)
        buf_printf(&out, "?host=%s", host);
    return buf_text(&out);
}

bool dsn_is_unix_socket(const struct dsn *dsn)
{
    const char *host = dsn_get(dsn, "host");

    return host && (host[0] == '/' || host[0] == '@');
}
