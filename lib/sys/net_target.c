#include "sys/net_target.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static const struct {
    const char *prefix;
    enum net_scheme scheme;
    const char *default_port;
} schemes[] = {
    {"tcp://", NET_TCP, NULL},
    {"http://", NET_HTTP, "80"},
    {"unix://", NET_UNIX, ""},
};

/* The text itself is not repeated in errors: it may be a URL with a password in it. */
static bool target_error(struct error *err, const char *what)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "write tcp://HOST:PORT, http://HOST[:PORT][/PATH] or unix:///PATH");
    return false;
}

static bool is_host(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.ptr[i]) && !strchr(".-_:%", text.ptr[i]))
            return false;
    return text.len > 0;
}

/* Nothing that could end the request's first line and begin a header. */
static bool is_path(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

static bool parse_port(struct slice text, unsigned *port)
{
    unsigned number = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > 65535)
            return false;
        number = number * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *port = number;
    return number >= 1 && number <= 65535;
}

/* "host:5432", "[::1]:5432", "host": the port stays empty when there is none. */
static bool split_authority(struct slice text, struct slice *host, struct slice *port)
{
    unsigned ignored;
    size_t end;

    if (slice_starts_with(text, "[")) {
        end = slice_find(text, ']');
        if (end == text.len)
            return false;
        *host = slice_sub(text, 1, end);
        text = slice_sub(text, end + 1, text.len);
    } else {
        end = slice_find(text, ':');
        *host = slice_sub(text, 0, end);
        text = slice_sub(text, end, text.len);
    }
    *port = slice_sub(text, 1, text.len);
    return is_host(*host) && (text.len == 0 || (text.ptr[0] == ':' && parse_port(*port, &ignored)));
}

static bool parse_unix(struct slice path, struct arena *arena, struct net_target *out,
                       struct error *err)
{
    if (!slice_starts_with(path, "/"))
        return target_error(err, "a unix:// target is an absolute path");
    if (path.len >= sizeof((struct sockaddr_un *)NULL)->sun_path ||
        slice_find(path, '\0') != path.len)
        return target_error(err, "a unix:// path is too long: the system takes 107 bytes");
    out->host = arena_text(arena, path);
    return true;
}

int net_target_request(const struct net_target *target, char *out, size_t out_size)
{
    const bool is_ipv6 = strchr(target->host, ':') != NULL;

    return snprintf(out, out_size,
                    "GET %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: migrinit\r\n"
                    "Accept: */*\r\nConnection: close\r\n\r\n",
                    target->path, is_ipv6 ? "[" : "", target->host, is_ipv6 ? "]" : "",
                    target->port);
}

static bool parse_inet(struct slice rest, const char *default_port, struct arena *arena,
                       struct net_target *out, struct error *err)
{
    size_t path_at = slice_find(rest, '/');
    struct slice authority = slice_sub(rest, 0, path_at);
    struct slice path = slice_sub(rest, path_at, slice_find(rest, '#')), host, port;

    if (slice_find(rest, '@') < path_at)
        return target_error(err, "a target to wait for takes no user name and password");
    if (!split_authority(authority, &host, &port))
        return target_error(err, "a target to wait for has no usable host or port");
    if (!is_path(path))
        return target_error(err, "the path of an http:// target has bytes that must be encoded");
    if (!port.len && !default_port)
        return target_error(err, "a tcp:// target needs a port");
    if (out->scheme == NET_TCP && path.len > 1)
        return target_error(err, "a tcp:// target has no path");
    out->host = arena_text(arena, host);
    out->port = port.len ? arena_text(arena, port) : default_port;
    out->path = path.len ? arena_text(arena, path) : "/";
    if (net_target_request(out, NULL, 0) >= NET_REQUEST_MAX)
        return target_error(err, "an http:// target is too long: about 400 bytes are taken");
    return true;
}

static bool parse_target(struct slice text, struct arena *arena, struct net_target *out,
                         struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        struct net_target target = {.scheme = schemes[i].scheme};
        struct slice rest = slice_sub(text, strlen(schemes[i].prefix), text.len);

        if (!slice_starts_with(text, schemes[i].prefix))
            continue;
        if (!(target.scheme == NET_UNIX
                  ? parse_unix(rest, arena, &target, err)
                  : parse_inet(rest, schemes[i].default_port, arena, &target, err)))
            return false;
        target.text = arena_text(arena, text);
        *out = target;
        return true;
    }
    if (slice_starts_with(text, "https://"))
        return target_error(err, "https:// is not spoken here; tcp:// on its port is");
    return target_error(err, "a target to wait for begins with tcp://, http:// or unix://");
}

/* Before an '@' there may be a password: somebody took this for the place of a database URL. */
bool net_target_parse(struct slice text, struct arena *arena, struct net_target *out,
                      struct error *err)
{
    struct slice shown = text;

    if (parse_target(text, arena, out, err))
        return true;
    for (size_t at; (at = slice_find(shown, '@')) < shown.len;)
        shown = slice_sub(shown, at + 1, shown.len);
    return error_wrap(err, "%s%.*s", shown.len < text.len ? "...@" : "", SLICE_ARG(shown));
}

bool net_address_parse(const char *host, const char *port, struct net_address *out)
{
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&out->storage;
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&out->storage;
    unsigned number;

    if (!parse_port(slice_from(port), &number))
        return false;
    *out = (struct net_address){0};
    if (inet_pton(AF_INET, host, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons((uint16_t)number);
        out->len = sizeof *ipv4;
        return true;
    }
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons((uint16_t)number);
    out->len = sizeof *ipv6;
    return inet_pton(AF_INET6, host, &ipv6->sin6_addr) == 1;
}
