#include "entrypoint/http.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* ---- reading ---- */

static enum http_verdict refuse(struct http_request *out, int status)
{
    out->status = status;
    return HTTP_REFUSED;
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!isalnum((unsigned char)text.ptr[i]) && !strchr("!#$%&'*+-.^_`|~", text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

static bool is_line_end(struct slice bytes, size_t i)
{
    return i + 1 < bytes.len && bytes.ptr[i] == '\r' && bytes.ptr[i + 1] == '\n';
}

/*
 * Up to its end, or to the end of what is there: then only a CR may stand last that is half of a
 * line end. Gives false for a byte that must not be.
 */
static bool find_line_end(struct slice bytes, size_t *end)
{
    for (*end = 0; *end < bytes.len && !is_line_end(bytes, *end); ++*end) {
        unsigned char byte = (unsigned char)bytes.ptr[*end];
        bool is_half = byte == '\r' && *end + 1 == bytes.len;

        if ((byte < ' ' && byte != '\t' && !is_half) || byte == 0x7f)
            return false;
    }
    return true;
}

/* HTTP_GET stands for "there is a line". */
static enum http_verdict next_line(struct slice *rest, struct slice *line, bool is_all,
                                   struct http_request *out)
{
    size_t end;

    if (!find_line_end(*rest, &end))
        return refuse(out, 400);
    if (end == rest->len)
        return is_all ? refuse(out, 431) : HTTP_MORE;
    *line = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, end + 2, rest->len);
    return HTTP_GET;
}

static bool is_target(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    }
    return slice_starts_with(text, "/");
}

static enum http_verdict read_request_line(struct slice line, struct http_request *out)
{
    size_t method_end = slice_find(line, ' ');
    struct slice method = slice_sub(line, 0, method_end);
    struct slice rest = slice_sub(line, method_end + 1, line.len);
    size_t target_end = slice_find(rest, ' ');
    struct slice target = slice_sub(rest, 0, target_end);
    struct slice version = slice_sub(rest, target_end + 1, rest.len);

    if (!is_token(method) || !is_target(target) ||
        (!slice_equal_text(version, "HTTP/1.1") && !slice_equal_text(version, "HTTP/1.0")))
        return refuse(out, 400);
    if (!slice_equal_text(method, "GET"))
        return refuse(out, 405);
    out->path = slice_sub(target, 0, slice_find(target, '?'));
    return HTTP_GET;
}

static bool is_header(struct slice line)
{
    size_t name_len = slice_find(line, ':');

    return name_len < line.len && is_token(slice_sub(line, 0, name_len));
}

enum http_verdict http_read(struct slice bytes, bool is_all, struct http_request *out)
{
    struct slice line;
    enum http_verdict verdict = next_line(&bytes, &line, is_all, out);

    if (verdict == HTTP_GET)
        verdict = read_request_line(line, out);
    while (verdict == HTTP_GET) {
        verdict = next_line(&bytes, &line, is_all, out);
        if (verdict == HTTP_GET && !line.len)
            break;
        if (verdict == HTTP_GET && !is_header(line))
            return refuse(out, 400);
    }
    return verdict;
}

/* ---- writing ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed\r\nAllow: GET"},
        {431, "Request Header Fields Too Large"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "";
}

size_t http_head(int status, size_t body_len, char *out, size_t out_size)
{
    int len =
        snprintf(out, out_size,
                 "HTTP/1.1 %d %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                 status, reason_of(status), body_len);

    return len < 0 ? 0 : (size_t)len;
}
