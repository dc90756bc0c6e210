#include "base/slice.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/*
 * The files of a folder have names that begin alike, and musl's memcmp() goes byte by byte: whole
 * words first. The first byte is the one that counts most, as in a big-endian number.
 */
int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len, at = 0;
    uint64_t left, right;
    int order;

    for (; common - at >= sizeof left; at += sizeof left) {
        memcpy(&left, a.ptr + at, sizeof left);
        memcpy(&right, b.ptr + at, sizeof right);
        if (left != right)
            return be64toh(left) < be64toh(right) ? -1 : 1;
    }
    order = common > at ? memcmp(a.ptr + at, b.ptr + at, common - at) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

size_t slice_find(struct slice s, char byte)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

bool slice_has_only(struct slice s, const char *bytes)
{
    for (size_t i = 0; i < s.len; i++)
        if (!s.ptr[i] || !strchr(bytes, s.ptr[i]))
            return false;
    return true;
}

struct slice slice_trim_start(struct slice s)
{
    size_t at = 0;

    while (at < s.len && byte_is_space(s.ptr[at]))
        at++;
    return slice_sub(s, at, s.len);
}

struct slice slice_trim(struct slice s)
{
    s = slice_trim_start(s);
    while (s.len && byte_is_space(s.ptr[s.len - 1]))
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

    while (rest->len && (byte_is_space(rest->ptr[0]) || rest->ptr[0] == ','))
        *rest = slice_sub(*rest, 1, rest->len);
    while (end < rest->len && !byte_is_space(rest->ptr[end]) && rest->ptr[end] != ',')
        end++;
    *word = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, end, rest->len);
    return end > 0;
}
