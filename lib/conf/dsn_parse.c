#include <string.h>
#include <strings.h>

#include "conf/dsn_parts.h"

/* libpq's own two, and what drivers and frameworks put before the same "://user@host/db". */
static const char *const schemes[] = {"postgres", "postgresql", "pgsql", "psql",     "postgis",
                                      "pgx",      "pgx4",       "pgx5",  "redshift", "cockroachdb"};

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_control(text.ptr[i]))
            return true;
    return false;
}

static struct slice without_quotes(struct slice text)
{
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        return slice_trim(slice_sub(text, 1, text.len - 1));
    return text;
}

/* A line end that was percent-encoded together with the URL by a templating tool. */
static struct slice without_encoded_line_end(struct slice text)
{
    while (text.len >= 3 && (strncasecmp(text.ptr + text.len - 3, "%0A", 3) == 0 ||
                             strncasecmp(text.ptr + text.len - 3, "%0D", 3) == 0))
        text.len -= 3;
    return text;
}

static bool is_scheme_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '.' || c == '-';
}

/* The scheme of a URL, whose rest goes to *rest; empty when the text is none. */
static struct slice scheme_of(struct slice text, struct slice *rest)
{
    size_t len = 0;

    while (len < text.len && is_scheme_byte(text.ptr[len]))
        len++;
    *rest = slice_sub(text, len, text.len);
    if (!slice_starts_with(*rest, "://"))
        return SLICE("");
    *rest = slice_sub(*rest, strlen("://"), rest->len);
    return slice_sub(text, 0, len);
}

static bool is_postgres(struct slice scheme)
{
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (scheme.len == strlen(schemes[i]) &&
            strncasecmp(scheme.ptr, schemes[i], scheme.len) == 0)
            return true;
    return false;
}

static bool refuse_scheme(struct slice scheme, struct error *err)
{
    enum { LONGEST_SHOWN = 24 };

    if (scheme.len > LONGEST_SHOWN)
        error_set(err, ERR_CONFIG, "the database URL has an unknown scheme");
    else
        error_set(err, ERR_CONFIG, "the database URL has the scheme %.*s://, not postgresql://",
                  SLICE_ARG(scheme));
    if (slice_starts_with(scheme, "prisma"))
        error_hint(err, "this URL leads to a proxy of Prisma's; set DIRECT_URL to the database's "
                        "own postgresql:// URL");
    return false;
}

/* "host =": what a keyword string begins with, and a URL never does. */
static bool is_keyword_string(struct slice text)
{
    size_t len = 0;

    while (len < text.len &&
           ((text.ptr[len] >= 'a' && text.ptr[len] <= 'z') || text.ptr[len] == '_'))
        len++;
    return len > 0 && slice_starts_with(slice_trim(slice_sub(text, len, text.len)), "=");
}

static bool read_form(struct dsn_reader *reader, struct slice text)
{
    bool is_jdbc = text.len > 5 && strncasecmp(text.ptr, "jdbc:", 5) == 0;
    struct slice rest, scheme = scheme_of(slice_sub(text, is_jdbc ? 5 : 0, text.len), &rest);

    if (is_postgres(slice_sub(scheme, 0, slice_find(scheme, '+'))))
        return dsn_read_url(reader, without_encoded_line_end(rest));
    if (scheme.len)
        return refuse_scheme(scheme, reader->err);
    if (is_keyword_string(text))
        return dsn_read_keywords(reader, text);
    error_set(reader->err, ERR_CONFIG, "the database URL does not begin with postgresql://");
    return false;
}

bool dsn_parse(struct slice text, struct arena *arena, struct dsn *dsn, struct error *err)
{
    struct dsn parsed = {0};
    struct dsn_reader reader = {.arena = arena, .dsn = &parsed, .err = err};

    text = without_quotes(slice_trim(text));
    if (!text.len)
        return error_set(err, ERR_CONFIG, "the database URL is empty");
    if (text.len > DSN_TEXT_MAX)
        return error_set(err, ERR_CONFIG, "the database URL is longer than %d bytes", DSN_TEXT_MAX);
    if (has_control(text))
        return error_set(err, ERR_CONFIG,
                         "the database URL has a line end or another control character in it");
    if (!read_form(&reader, text))
        return false;
    if (!dsn_finish_params(&reader))
        return false;
    *dsn = parsed;
    return true;
}
