#include "base/secret.h"

#include <string.h>

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

void redactor_add(struct redactor *redactor, struct arena *arena, struct secret secret)
{
    struct slice needle = secret.hidden;
    size_t at = redactor->count;

    if (needle.len < SHORTEST_NEEDLE)
        return;
    redactor->needles = arena_grow(arena, redactor->needles, &redactor->capacity, redactor->count,
                                   sizeof *redactor->needles);
    /* Longest first: a secret must be gone before one that is part of it is looked for. */
    for (; at > 0 && redactor->needles[at - 1].len < needle.len; at--)
        redactor->needles[at] = redactor->needles[at - 1];
    redactor->needles[at] = needle;
    redactor->count++;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* How many bytes at the start of text stand for this one: 3 if percent-encoded, 1 if plain, or 0.
 */
static size_t byte_match_len(char byte, struct slice text)
{
    if (text.len >= 3 && text.ptr[0] == '%') {
        int high = hex_digit(text.ptr[1]), low = hex_digit(text.ptr[2]);

        if (high >= 0 && low >= 0 && (high << 4 | low) == (unsigned char)byte)
            return 3;
    }
    return text.len && text.ptr[0] == byte ? 1 : 0;
}

static size_t encoded_match_len(struct slice needle, struct slice text)
{
    size_t len = 0;

    for (size_t i = 0; i < needle.len; i++) {
        size_t step = byte_match_len(needle.ptr[i], slice_sub(text, len, text.len));

        if (!step)
            return 0;
        len += step;
    }
    return len;
}

/*
 * Writers of URLs do not agree on which characters to encode, so any of the needle's bytes may be.
 * Plain comes second: "%25" in a secret reads as an encoded "%", although it may stand for itself.
 */
static size_t match_len(struct slice needle, struct slice text)
{
    size_t len = encoded_match_len(needle, text);

    if (len == 0 && needle.len <= text.len && memcmp(needle.ptr, text.ptr, needle.len) == 0)
        len = needle.len;
    return len;
}

static size_t secret_len_at(const struct redactor *redactor, struct slice text)
{
    size_t len = 0;

    for (size_t i = 0; i < redactor->count && !len; i++)
        len = match_len(redactor->needles[i], text);
    return len;
}

size_t redactor_apply(const struct redactor *redactor, struct slice text, char *out,
                      size_t out_size)
{
    size_t len = 0;

    while (text.len) {
        size_t secret_len = secret_len_at(redactor, text);
        struct slice piece = secret_len ? mask : slice_sub(text, 0, 1);

        if (len + piece.len >= out_size)
            break;
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
        text = slice_sub(text, secret_len ? secret_len : 1, text.len);
    }
    out[len] = '\0';
    return len;
}
