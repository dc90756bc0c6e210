#include "base/slice.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_from(const char *text)
{
    return text ? (struct slice){text, strlen(text)} : SLICE("");
}

struct slice slice_sub(struct slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    /* Nothing is added to the NULL of an empty slice: that would be undefined. */
    return (struct slice){from ? s.ptr + from : s.ptr, to - from};
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_equal_text(struct slice a, const char *text)
{
    return slice_equal(a, slice_from(text));
}

bool slice_starts_with(struct slice s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len >= len && (len == 0 || memcmp(s.ptr, prefix, len) == 0);
}

bool slice_ends_with(struct slice s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len >= len && (len == 0 || memcmp(s.ptr + s.len - len, suffix, len) == 0);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

size_t slice_find(struct slice s, char byte)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

struct slice slice_trim(struct slice s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = slice_sub(s, 1, s.len);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool slice_next_line(struct slice *rest, struct slice *line)
{
    size_t end;

    if (!rest->len)
        return false;
    end = slice_find(*rest, '\n');
    *line = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, end + 1, rest->len);
    if (line->len && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

bool slice_next_word(struct slice *rest, struct slice *word)
{
    size_t end = 0;

    while (rest->len && (is_blank(rest->ptr[0]) || rest->ptr[0] == ','))
        *rest = slice_sub(*rest, 1, rest->len);
    while (end < rest->len && !is_blank(rest->ptr[end]) && rest->ptr[end] != ',')
        end++;
    *word = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, end, rest->len);
    return end > 0;
}
