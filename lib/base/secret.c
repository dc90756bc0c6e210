#include "base/secret.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

static const struct slice mask = {"****", 4};

enum { SHORTEST_NEEDLE = 3 };

struct secret secret_from(struct slice bytes)
{
    return (struct secret){bytes};
}

struct slice secret_reveal(struct secret secret)
{
    return secret.hidden;
}

bool secret_is_set(struct secret secret)
{
    return secret.hidden.len > 0;
}

static void add_needle(struct redactor *redactor, struct slice needle)
{
    size_t at = redactor->count;

    if (needle.len < SHORTEST_NEEDLE || redactor->count == REDACTOR_NEEDLES_MAX)
        return;
    for (size_t i = 0; i < redactor->count; i++)
        if (slice_equal(redactor->needles[i], needle))
            return;
    /* Longest first: a secret must be gone before one that is part of it is looked for. */
    for (; at > 0 && redactor->needles[at - 1].len < needle.len; at--)
        redactor->needles[at] = redactor->needles[at - 1];
    redactor->needles[at] = needle;
    redactor->count++;
}

/* As a URL writer encodes: everything but RFC 3986's unreserved characters. */
static struct slice percent_encoded(struct arena *arena, struct slice bytes, const char *digits)
{
    struct buf encoded = buf_in(arena);

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];

        if (isalnum(c) || (c && strchr("-._~", c)))
            buf_add_char(&encoded, (char)c);
        else
            buf_printf(&encoded, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
    return buf_slice(&encoded);
}

void redactor_add(struct redactor *redactor, struct arena *arena, struct secret secret)
{
    struct slice bytes = secret.hidden;

    add_needle(redactor, bytes);
    add_needle(redactor, percent_encoded(arena, bytes, "0123456789ABCDEF"));
    add_needle(redactor, percent_encoded(arena, bytes, "0123456789abcdef"));
}

static const struct slice *needle_at(const struct redactor *redactor, struct slice text)
{
    for (size_t i = 0; i < redactor->count; i++)
        if (redactor->needles[i].len <= text.len &&
            memcmp(redactor->needles[i].ptr, text.ptr, redactor->needles[i].len) == 0)
            return &redactor->needles[i];
    return NULL;
}

size_t redactor_apply(const struct redactor *redactor, struct slice text, char *out,
                      size_t out_size)
{
    size_t len = 0;

    while (text.len) {
        const struct slice *needle = needle_at(redactor, text);
        struct slice piece = needle ? mask : slice_sub(text, 0, 1);

        if (len + piece.len >= out_size)
            break;
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
        text = slice_sub(text, needle ? needle->len : 1, text.len);
    }
    out[len] = '\0';
    return len;
}
