#include "conf/dsn_parts.h"

/* A URL behind its scheme, cut up but not decoded. */
struct url {
    struct slice user_info;
    struct slice hosts;
    struct slice path;  /* without its '/' */
    struct slice query; /* without its '?' */
};

/* What one way of cutting it up gives. */
enum reading {
    READING_GOOD,
    READING_DOUBTFUL,  /* proper, and so would another one be */
    READING_BAD_HOSTS, /* from here on: not proper */
    READING_BAD_PORT,
    READING_BAD_PATH,
    READING_BAD_QUERY,
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%41" means, -1 for no escape. */
static int escaped_byte(struct slice s)
{
    int high, low;

    if (s.len < 3 || s.ptr[0] != '%')
        return -1;
    high = hex_digit(s.ptr[1]);
    low = hex_digit(s.ptr[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* False for an escaped control byte, and for a '%' that begins no escape unless is_lenient. */
static bool decode(struct arena *arena, struct slice text, bool is_lenient, struct slice *out)
{
    char *bytes = arena_text(arena, text);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        int byte = escaped_byte(slice_sub(text, i, text.len));

        if (byte < 0 && text.ptr[i] == '%' && !is_lenient)
            return false;
        if ((byte >= 0 && byte < 0x20) || byte == 0x7F)
            return false;
        bytes[len++] = byte < 0 ? text.ptr[i] : (char)byte;
        i += byte < 0 ? 0 : 2;
    }
    bytes[len] = '\0';
    *out = (struct slice){bytes, len};
    return true;
}

/* ------------------------------------------------------------------ hosts */

/* "host", "host:5432", "[::1]:5432", ":5432", "": cut, and the host decoded. */
static enum reading read_host(struct arena *arena, struct slice item, struct slice *host,
                              struct slice *port)
{
    bool has_brackets = slice_starts_with(item, "[");
    size_t end = slice_find(item, has_brackets ? ']' : ':');
    struct slice name = slice_sub(item, has_brackets, end), rest = slice_sub(item, end, item.len);

    if (has_brackets) {
        if (!rest.len || !dsn_is_ipv6(name))
            return READING_BAD_HOSTS;
        rest = slice_sub(rest, 1, rest.len);
    }
    if (!decode(arena, name, has_brackets, host) || (host->len && !dsn_is_host(*host)))
        return READING_BAD_HOSTS;
    if (rest.len && rest.ptr[0] != ':')
        return READING_BAD_HOSTS;
    *port = slice_sub(rest, 1, rest.len);
    return port->len && !dsn_is_port(*port) ? READING_BAD_PORT : READING_GOOD;
}

/* libpq's two comma lists; `ports` stays empty when no host has one. */
static enum reading read_hosts(struct arena *arena, struct slice items, struct buf *hosts,
                               struct buf *ports)
{
    bool has_port = false, is_list = slice_find(items, ',') < items.len, is_first = true;

    /* One left over: part of a password, or a mistake. An abstract socket is written %40name. */
    if (slice_find(items, '@') < items.len)
        return READING_BAD_HOSTS;
    for (bool is_last = false; !is_last; is_first = false) {
        size_t end = slice_find(items, ',');
        struct slice host, port;
        enum reading reading = read_host(arena, slice_sub(items, 0, end), &host, &port);

        if (reading != READING_GOOD)
            return reading;
        if (is_list && !host.len)
            return READING_BAD_HOSTS;
        buf_add_text(hosts, is_first ? "" : ",");
        buf_add(hosts, host);
        buf_add_text(ports, is_first ? "" : ",");
        buf_add(ports, port);
        has_port |= port.len > 0;
        is_last = end == items.len;
        items = slice_sub(items, end + 1, items.len);
    }
    if (!has_port)
        *ports = buf_in(arena);
    return READING_GOOD;
}

/* ------------------------------------------------------------------ query */

static bool is_param_name(struct slice name)
{
    return name.len && slice_has_only(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-.[]");
}

static struct slice next_pair(struct slice *query)
{
    size_t end = slice_find(*query, '&');
    struct slice pair = slice_sub(*query, 0, end);

    *query = slice_sub(*query, end + 1, query->len);
    return pair;
}

static enum reading judge_query(struct slice query)
{
    bool has_at = slice_find(query, '@') < query.len, has_unknown = false;

    while (query.len) {
        struct slice pair = next_pair(&query), name = slice_sub(pair, 0, slice_find(pair, '='));

        if (pair.len && (name.len == pair.len || !is_param_name(name)))
            return READING_BAD_QUERY;
        has_unknown |= pair.len && !dsn_is_known_param(name);
    }
    /* "u:5@a?b=c@host/db": is "b" a parameter, or is all this a password? */
    return has_at && has_unknown ? READING_DOUBTFUL : READING_GOOD;
}

static bool read_query(struct dsn_reader *reader, struct slice query)
{
    while (query.len) {
        struct slice pair = next_pair(&query), value;
        size_t equals = slice_find(pair, '=');
        struct slice name = slice_sub(pair, 0, equals);
        bool is_password = slice_ends_with(name, "password"); /* or sslpassword */

        if (!pair.len)
            continue;
        if (!decode(reader->arena, slice_sub(pair, equals + 1, pair.len), is_password, &value))
            return error_set(reader->err, ERR_CONFIG,
                             "a parameter of the database URL has a percent sign that begins no "
                             "escape, or an escaped control character");
        if (!dsn_take_param(reader, name, value))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ the whole */

static struct url cut(struct slice user_info, struct slice rest)
{
    size_t question = slice_find(rest, '?'), slash = slice_find(rest, '/');
    size_t end = slash < question ? slash : question;

    return (struct url){
        .user_info = user_info,
        .hosts = slice_sub(rest, 0, end),
        .path = slice_sub(rest, end + 1, question),
        .query = slice_sub(rest, question + 1, rest.len),
    };
}

static enum reading judge(struct arena *arena, const struct url *url)
{
    struct buf hosts = buf_in(arena), ports = buf_in(arena);
    enum reading reading = read_hosts(arena, url->hosts, &hosts, &ports);
    bool has_at = slice_find(url->path, '@') < url->path.len;

    if (reading != READING_GOOD)
        return reading;
    if (slice_find(url->path, '/') < url->path.len || slice_find(url->path, '#') < url->path.len)
        return READING_BAD_PATH;
    /* "u:p@a/b@host": is the database "b@host", or the password "p@a/b"? */
    if (has_at)
        return url->user_info.len ? READING_DOUBTFUL : READING_BAD_PATH;
    return judge_query(url->query);
}

static struct url cut_at(struct slice rest, size_t at)
{
    return cut(slice_sub(rest, 0, at), slice_sub(rest, at + 1, rest.len));
}

/* As RFC 3986 has it, but for the last '@' before the path in place of the first. */
static struct url regular_cut(struct slice rest)
{
    size_t question = slice_find(rest, '?'), slash = slice_find(rest, '/');
    size_t at = slash < question ? slash : question;

    while (at > 0 && rest.ptr[at - 1] != '@')
        at--;
    return at > 0 ? cut_at(rest, at - 1) : cut(SLICE(""), rest);
}

/*
 * The regular reading is no proper URL: a password with '/' or '?' in it shifts everything. Count
 * the '@' behind which a proper URL goes on, a doubtful one twice. Where the hosts of the regular
 * reading are proper, an
 * '@' behind a '?' belongs to a parameter rather.
 */
static size_t tolerant_cuts(struct arena *arena, struct slice rest, bool has_proper_hosts,
                            struct url *url)
{
    size_t question = slice_find(rest, '?'), slash = slice_find(rest, '/');
    size_t colon = slice_find(rest, ':'), found = 0;
    size_t end = has_proper_hosts ? question : rest.len;

    if (colon > question || colon > slash)
        return 0;
    for (size_t at = slash < question ? slash : question; at < end; at++) {
        struct url candidate;
        enum reading reading;

        if (rest.ptr[at] != '@')
            continue;
        candidate = cut_at(rest, at);
        reading = judge(arena, &candidate);
        found += reading == READING_GOOD ? 1 : reading == READING_DOUBTFUL ? 2 : 0;
        if (reading == READING_GOOD)
            *url = candidate;
    }
    return found;
}

static bool refuse(struct dsn_reader *reader, enum reading reading)
{
    static const char *const problems[] = {
        [READING_DOUBTFUL] = "can be read in two ways",
        [READING_BAD_HOSTS] = "has no proper host",
        [READING_BAD_PORT] = "has a port that is not a number from 1 to 65535",
        [READING_BAD_PATH] = "has a path that is not the name of one database",
        [READING_BAD_QUERY] = "has something behind '?' that is not name=value",
    };

    error_set(reader->err, ERR_CONFIG, "the database URL %s", problems[reading]);
    error_hint(reader->err, "in user names and passwords write @ as %%40, : as %%3A, / as %%2F, "
                            "? as %%3F, # as %%23, %% as %%25");
    return false;
}

static bool choose_cut(struct dsn_reader *reader, struct slice rest, struct url *url)
{
    enum reading reading;
    size_t found;

    *url = regular_cut(rest);
    reading = judge(reader->arena, url);
    if (reading == READING_GOOD)
        return true;
    if (reading == READING_DOUBTFUL)
        return refuse(reader, reading);
    found = tolerant_cuts(reader->arena, rest, reading > READING_BAD_PORT, url);
    return found == 1 || refuse(reader, found ? READING_DOUBTFUL : reading);
}

static bool take_user_info(struct dsn_reader *reader, struct slice user_info)
{
    size_t colon = slice_find(user_info, ':');
    struct slice user, password;

    if (!decode(reader->arena, slice_sub(user_info, 0, colon), false, &user))
        return error_set(reader->err, ERR_CONFIG,
                         "the user name in the database URL has a percent sign that begins no "
                         "escape, or an escaped control character");
    if (!decode(reader->arena, slice_sub(user_info, colon + 1, user_info.len), true, &password))
        return error_set(reader->err, ERR_CONFIG,
                         "the password in the database URL has an escaped control character");
    if (user.len)
        dsn_set(reader->dsn, "user", user.ptr);
    if (password.len)
        reader->dsn->password = secret_from(password);
    return true;
}

static bool take_database(struct dsn_reader *reader, struct slice path)
{
    struct slice name;

    if (!decode(reader->arena, path, false, &name))
        return error_set(reader->err, ERR_CONFIG,
                         "the database's name in the database URL has a percent sign that begins "
                         "no escape, or an escaped control character");
    if (name.len)
        dsn_set(reader->dsn, "dbname", name.ptr);
    return true;
}

bool dsn_read_url(struct dsn_reader *reader, struct slice rest)
{
    struct buf hosts = buf_in(reader->arena), ports = buf_in(reader->arena);
    struct url url;

    if (!choose_cut(reader, rest, &url) || !take_user_info(reader, url.user_info))
        return false;
    if (read_hosts(reader->arena, url.hosts, &hosts, &ports) != READING_GOOD)
        return refuse(reader, READING_BAD_HOSTS);
    if (hosts.len)
        dsn_set(reader->dsn, "host", buf_text(&hosts));
    if (ports.len)
        dsn_set(reader->dsn, "port", buf_text(&ports));
    return take_database(reader, url.path) && read_query(reader, url.query);
}
